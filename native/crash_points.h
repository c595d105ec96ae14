#pragma once
/// Where crash tests end the server. Only a build with FABRIC_CRASH_POINTS has them; in any other these calls are nothing.
///
/// Tests steer them through a file that the environment variable FABRIC_CRASH_CONTROL names and that both sides map, so
/// that what was counted outlives the kill.
#include <cstdint>

#include "store_points.h"

namespace fabric::crash_points {

#ifdef FABRIC_CRASH_POINTS

/// 64-bit words. Points count from one; zero is none.
struct Control {
  uint64_t armed;
  /// The process is killed at this passage of the armed point, counted down.
  uint64_t passages_left;
  /// 0: before the store, 1: after it.
  uint64_t after;
  /// A commit that is left out.
  uint64_t omitted;
  /// Written as the process is killed.
  uint64_t killed;
  uint64_t reserved[3];
  /// Stores so far, per point.
  uint64_t passages[sizeof kStorePoints / sizeof *kStorePoints];
};

/// False when the store is to be left out.
bool before(StorePoint point);
void after(StorePoint point);

#else

constexpr bool before(StorePoint) { return true; }
constexpr void after(StorePoint) {}

#endif

}  // namespace fabric::crash_points
