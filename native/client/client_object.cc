#include "client_object.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "../failure.h"

namespace fabric {

namespace {

constexpr size_t kNameBytesMax = 255;

/// One component of plain characters: nothing that leaves /dev/shm or hides in a message.
bool plain_name(const std::string& name) {
  if (name.size() < 2 || name.size() > kNameBytesMax || name[0] != '/' || name == "/." || name == "/..") return false;
  for (size_t i = 1; i < name.size(); ++i) {
    const char c = name[i];
    const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    if (!letter && c != '.' && c != '_' && c != '-') return false;
  }
  return true;
}

Failure open_failure(const std::string& name) {
  if (errno == ENOENT) return Failure("NOTFOUND", "there is no /dev/shm" + name + " on this machine");
  if (errno == EACCES) {
    return Failure("NOPERM", "not permitted to open /dev/shm" + name + ": run as the server's user, or set shm_mode and shm_group");
  }
  return system_failure("cannot open /dev/shm" + name);
}

}  // namespace

ClientObject open_client_object(const std::string& name, int flags) {
  if (!plain_name(name)) {
    throw Failure("ERR", "a shared-memory name is '/' and letters, digits, '.', '_' or '-', at most 255 bytes");
  }
  // Without O_NONBLOCK a FIFO of that name would stop the caller for ever.
  FileHandle file(::shm_open(name.c_str(), flags | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0));
  if (!file.valid()) throw open_failure(name);
  struct stat status;
  if (::fstat(file.get(), &status) != 0) throw system_failure("cannot stat /dev/shm" + name);
  if (!S_ISREG(status.st_mode)) throw Failure("ERR", "/dev/shm" + name + " is not a regular file");
  return {std::move(file), status.st_ino, static_cast<uint64_t>(status.st_size)};
}

}  // namespace fabric
