#include "slot_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <random>

#include "../failure.h"
#include "../layout.h"
#include "client_object.h"

namespace fabric {

namespace {

constexpr uint64_t kRecordBytes = sizeof(layout::SlotRecord);

off_t start_of(uint64_t slot) { return static_cast<off_t>(slot * kRecordBytes); }

/// False when another holds it.
bool try_lock(int fd, uint64_t slot) {
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  lock.l_start = start_of(slot);
  lock.l_len = 1;
  if (::fcntl(fd, F_OFD_SETLK, &lock) == 0) return true;
  if (errno == EAGAIN || errno == EACCES) return false;
  throw system_failure("cannot lock a slot");
}

/// Under the lock nobody else writes the record.
void count_up(int fd, uint64_t slot) {
  uint64_t incarnation = 0;
  const off_t at = start_of(slot) + static_cast<off_t>(offsetof(layout::SlotRecord, incarnation));
  if (::pread(fd, &incarnation, sizeof incarnation, at) != sizeof incarnation) throw system_failure("cannot read a slot");
  ++incarnation;
  if (::pwrite(fd, &incarnation, sizeof incarnation, at) != sizeof incarnation) throw system_failure("cannot write a slot");
}

}  // namespace

SlotLock SlotLock::acquire(const std::string& slots_object) {
  ClientObject object = open_client_object(slots_object, O_RDWR);
  const uint64_t slots = object.size / kRecordBytes;
  if (slots == 0) throw Failure("ERR", "/dev/shm" + slots_object + " has no slots");
  // Clients that start together would otherwise all contend for the first ones.
  const uint64_t first = std::random_device{}() % slots;
  for (uint64_t i = 0; i < slots; ++i) {
    const uint64_t slot = (first + i) % slots;
    if (!try_lock(object.file.get(), slot)) continue;
    count_up(object.file.get(), slot);
    return SlotLock(std::move(object.file), static_cast<uint32_t>(slot), object.inode);
  }
  throw Failure("ERR", "all " + std::to_string(slots) + " slots of /dev/shm" + slots_object +
                           " are taken by other processes: raise slots_max, or use leases");
}

}  // namespace fabric
