#include "segment_builder.h"

#include <algorithm>

#include "failure.h"
#include "memory_room.h"

namespace fabric {

namespace {

/// Short enough to notice a stop, and to leave the memory map's lock to others in between.
constexpr uint64_t kStepBytes = 16 << 20;

}  // namespace

ShmObject build_segment(const std::string& shared_id, uint64_t bytes, ObjectAccess access, const std::atomic<bool>& stopping) {
  check_room(bytes);
  ShmObject object = ShmObject::create(shared_id, bytes, access);
  for (uint64_t at = 0; at < bytes; at += kStepBytes) {
    const uint64_t step = std::min(kStepBytes, bytes - at);
    if (stopping || !object.reserve(at, step)) {
      const int error = errno;
      unlink_object(shared_id);
      if (stopping) throw shutting_down();
      errno = error;
      if (error != ENOSPC && error != ENOMEM) throw system_failure("cannot back " + shared_id + " with memory");
      throw Failure("OOM", "/dev/shm was full after " + std::to_string(at >> 20) + " of " + std::to_string(bytes >> 20) +
                               " MiB; ask for less, or enlarge it (in a container: --shm-size)");
    }
    object.prefault(at, step);
  }
  return object;
}

}  // namespace fabric
