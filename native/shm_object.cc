#include "shm_object.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "failure.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

namespace fabric {

ShmObject::ShmObject(ShmObject&& other) noexcept { *this = std::move(other); }

ShmObject& ShmObject::operator=(ShmObject&& other) noexcept {
  if (this != &other) {
    unmap();
    file_ = std::move(other.file_);
    data_ = std::exchange(other.data_, nullptr);
    bytes_ = std::exchange(other.bytes_, 0);
    inode_ = std::exchange(other.inode_, 0);
  }
  return *this;
}

ShmObject::~ShmObject() { unmap(); }

void ShmObject::unmap() {
  if (data_ != nullptr) ::munmap(data_, bytes_);
  data_ = nullptr;
}

void ShmObject::map(uint64_t bytes, const std::string& name) {
  struct stat status;
  if (::fstat(file_.get(), &status) != 0) throw system_failure("cannot stat " + name);
  inode_ = status.st_ino;
  void* address = ::mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, file_.get(), 0);
  if (address == MAP_FAILED) throw system_failure("cannot map " + name);
  data_ = static_cast<uint8_t*>(address);
  bytes_ = bytes;
}

ShmObject ShmObject::create(const std::string& name, uint64_t bytes, ObjectAccess access) {
  ShmObject object;
  object.file_ = FileHandle(::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!object.file_.valid()) throw system_failure("cannot create /dev/shm" + name);
  try {
    if (access.group != static_cast<gid_t>(-1) && ::fchown(object.fd(), static_cast<uid_t>(-1), access.group) != 0) {
      throw system_failure("cannot give /dev/shm" + name + " to group " + std::to_string(access.group));
    }
    if (::fchmod(object.fd(), access.mode) != 0) throw system_failure("cannot chmod /dev/shm" + name);
    if (::ftruncate(object.fd(), static_cast<off_t>(bytes)) != 0) throw system_failure("cannot size /dev/shm" + name);
    object.map(bytes, name);
  } catch (...) {
    ::shm_unlink(name.c_str());
    throw;
  }
  return object;
}

ShmObject ShmObject::open(const std::string& name) {
  ShmObject object;
  object.file_ = FileHandle(::shm_open(name.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW, 0));
  if (!object.file_.valid()) {
    if (errno == ENOENT) throw Failure("NOTFOUND", "there is no /dev/shm" + name);
    throw system_failure("cannot open /dev/shm" + name);
  }
  struct stat status;
  if (::fstat(object.fd(), &status) != 0) throw system_failure("cannot stat /dev/shm" + name);
  if (status.st_size == 0) throw Failure("LAYOUT", "/dev/shm" + name + " is empty");
  object.map(static_cast<uint64_t>(status.st_size), name);
  return object;
}

bool ShmObject::reserve(uint64_t offset, uint64_t bytes) const {
  int error;
  do {
    error = ::posix_fallocate(fd(), static_cast<off_t>(offset), static_cast<off_t>(bytes));
  } while (error == EINTR);
  errno = error;
  return error == 0;
}

void ShmObject::prefault(uint64_t offset, uint64_t bytes) const { ::madvise(data_ + offset, bytes, MADV_POPULATE_WRITE); }

bool ShmObject::intact() const {
  struct stat status;
  return ::fstat(fd(), &status) == 0 && static_cast<uint64_t>(status.st_size) >= bytes_;
}

bool unlink_object(const std::string& name) { return ::shm_unlink(name.c_str()) == 0; }

}  // namespace fabric
