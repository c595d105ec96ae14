#pragma once
#include <atomic>
#include <string>

#include "shm_object.h"

namespace fabric {

/// Creates a segment's object, backs all of it with memory and faults it in, in steps; for a thread of its own. Unlinked
/// again when it doesn't come to an end (OOM, ERR).
ShmObject build_segment(const std::string& shared_id, uint64_t bytes, ObjectAccess access, const std::atomic<bool>& stopping);

}  // namespace fabric
