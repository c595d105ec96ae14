#pragma once
#include <cstdint>
#include <string>

namespace fabric {

/// The epoch, which outlives a reboot: ids of different epochs never meet. 21 bits.
inline constexpr uint64_t kEpochMax = (1u << 21) - 1;

/// Raises the epoch in `<directory>/epoch` above both what it says and `seen`, and returns it once it is on disk.
uint64_t raise_epoch(const std::string& directory, uint64_t seen);

}  // namespace fabric
