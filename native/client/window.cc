#include "window.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../failure.h"
#include "client_object.h"

namespace fabric {

namespace {

uint64_t page_bytes() {
  static const uint64_t bytes = static_cast<uint64_t>(::sysconf(_SC_PAGESIZE));
  return bytes;
}

ClientObject open_checked(const WindowRequest& request) {
  ClientObject object = open_client_object(request.object, request.writable ? O_RDWR : O_RDONLY);
  if (request.offset > object.size || request.length > object.size - request.offset) {
    throw Failure("ERR", "/dev/shm" + request.object + " has " + std::to_string(object.size) + " bytes, too few for " +
                             std::to_string(request.length) + " at offset " + std::to_string(request.offset));
  }
  return object;
}

void* map_pages(const WindowRequest& request, uint64_t bytes, int fd, off_t start) {
  if (request.writable) return ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, start);
  void* data = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_NORESERVE, fd, start);
  // Strict overcommit counts private windows as if every page were going to be written.
  if (data == MAP_FAILED && errno == ENOMEM) data = ::mmap(nullptr, bytes, PROT_READ, MAP_SHARED, fd, start);
  return data;
}

}  // namespace

std::shared_ptr<Window> Window::map(const WindowRequest& request) {
  const ClientObject object = open_checked(request);
  std::shared_ptr<Window> window(new Window);
  window->inode_ = object.inode;
  window->object_bytes_ = object.size;
  if (request.length == 0) return window;
  const uint64_t payload_offset = request.offset % page_bytes();
  const uint64_t bytes = payload_offset + request.length;
  if (bytes > kWindowBytesMax) {
    throw Failure("ERR", "a view spans at most " + std::to_string(kWindowBytesMax) + " bytes, this one would be " +
                             std::to_string(bytes) + ": read a part of it");
  }
  void* data = map_pages(request, bytes, object.file.get(), static_cast<off_t>(request.offset - payload_offset));
  if (data == MAP_FAILED) throw system_failure("cannot map /dev/shm" + request.object);
  window->data_ = data;
  window->bytes_ = bytes;
  window->payload_offset_ = payload_offset;
  return window;
}

Window::~Window() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
}

PayloadCopy copy_payload(const WindowRequest& request, void* to) {
  const ClientObject object = open_checked(request);
  uint64_t done = 0;
  while (done < request.length) {
    const ssize_t got = ::pread(object.file.get(), static_cast<char*>(to) + done, request.length - done,
                                static_cast<off_t>(request.offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw system_failure("cannot read /dev/shm" + request.object);
    if (got == 0) throw Failure("ERR", "/dev/shm" + request.object + " was truncated while it was read");
    done += static_cast<uint64_t>(got);
  }
  return {object.inode, object.size};
}

}  // namespace fabric
