#include "slots.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "failure.h"
#include "layout.h"

namespace fabric {

Slots Slots::open_or_create(const std::string& name, uint64_t slots, ObjectAccess access) {
  Slots result;
  result.file_ = FileHandle(::shm_open(name.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!result.file_.valid()) throw system_failure("cannot open /dev/shm" + name);
  const int fd = result.file_.get();
  struct stat status;
  if (::fstat(fd, &status) != 0) throw system_failure("cannot stat /dev/shm" + name);
  // An object that is there keeps its size: clients may have it open, and a slot's number is its place.
  if (static_cast<uint64_t>(status.st_size) < sizeof(layout::SlotRecord)) {
    if (access.group != static_cast<gid_t>(-1) && ::fchown(fd, static_cast<uid_t>(-1), access.group) != 0) {
      throw system_failure("cannot give /dev/shm" + name + " to group " + std::to_string(access.group));
    }
    const uint64_t bytes = slots * sizeof(layout::SlotRecord);
    if (::fchmod(fd, access.mode) != 0) throw system_failure("cannot chmod /dev/shm" + name);
    const int error = ::posix_fallocate(fd, 0, static_cast<off_t>(bytes));
    if (error != 0) {
      ::shm_unlink(name.c_str());
      throw Failure("OOM", "/dev/shm has no room for " + std::to_string(bytes) + " bytes of slots");
    }
    status.st_size = static_cast<off_t>(bytes);
  }
  result.count_ = static_cast<uint32_t>(static_cast<uint64_t>(status.st_size) / sizeof(layout::SlotRecord));
  return result;
}

bool Slots::held(uint32_t slot) const {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = static_cast<off_t>(slot) * static_cast<off_t>(sizeof(layout::SlotRecord));
  lock.l_len = 1;
  // Only an answer proves that nobody holds it.
  return ::fcntl(file_.get(), F_OFD_GETLK, &lock) != 0 || lock.l_type != F_UNLCK;
}

uint64_t Slots::incarnation(uint32_t slot) const {
  uint64_t value = 0;
  const off_t offset = static_cast<off_t>(slot) * static_cast<off_t>(sizeof(layout::SlotRecord));
  return ::pread(file_.get(), &value, sizeof value, offset) == sizeof value ? value : 0;
}

}  // namespace fabric
