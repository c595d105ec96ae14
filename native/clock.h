#pragma once
#include <ctime>
#include <cstdint>

namespace fabric {

/// Milliseconds that also count while the machine sleeps and go on across restarts of the server.
inline uint64_t boottime_ms() {
  struct timespec now;
  ::clock_gettime(CLOCK_BOOTTIME, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000 + static_cast<uint64_t>(now.tv_nsec) / 1000000;
}

/// For durations.
inline uint64_t monotonic_ns() {
  struct timespec now;
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1000000000 + static_cast<uint64_t>(now.tv_nsec);
}

}  // namespace fabric
