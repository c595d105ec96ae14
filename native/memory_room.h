#pragma once
#include <cstdint>

namespace fabric {

/// Refuses (OOM, with what is free and what to do) when a segment of that size wouldn't fit into /dev/shm, the machine's
/// available memory or the control group's limit. A guess by nature: creation still has to handle running out.
void check_room(uint64_t bytes);

}  // namespace fabric
