#pragma once
/// One variable in the yellow pages. The name follows the record at once; placements after the first stand elsewhere.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "layout.h"

namespace fabric::yp {

enum class State : uint8_t {
  kClaimed = 1,   ///< the name is promised to a writer; its one cell is a claim
  kSealed = 2,    ///< published
  kRemoved = 3,   ///< a tombstone: its cells are the holders that have not acknowledged
  kConflict = 4,  ///< its name is another's: kept, not published
};

inline constexpr uint32_t kPlacementsMax = layout::kReplicasMax;
/// Segments known at a time.
inline constexpr uint32_t kSegmentBits = 22;
inline constexpr uint32_t kSegmentsMax = uint32_t{1} << kSegmentBits;
/// So many inventories of a node may be broken off one after the other until one that comes to its end takes what they told for its own.
inline constexpr uint32_t kRounds = uint32_t{1} << (32 - kSegmentBits);
inline constexpr uint64_t kXidMax = (uint64_t{1} << 53) - 1;

/// One copy. A claim's has the deadline in `offset` and a segment without a name, which tells the node.
struct Cell {
  uint64_t offset;
  uint32_t generation;
  /// Number in the directory, and above it the round of the node's inventory that last told of this copy.
  uint32_t segment_and_round;

  static Cell of(uint32_t segment, uint32_t round, uint64_t offset, uint32_t generation) {
    return {offset, generation, segment | round << kSegmentBits};
  }
  uint32_t segment() const { return segment_and_round & (kSegmentsMax - 1); }
  uint32_t round() const { return segment_and_round >> kSegmentBits; }
};
static_assert(sizeof(Cell) == 16);

struct Record {
  uint64_t xid;
  uint64_t length;
  Cell first;
  uint32_t crc32c;
  /// Handle of the placements after the first; meaningless when there are none.
  uint32_t more;
  uint16_t name_bytes : 12;
  /// That are wanted, 1 to kPlacementsMax.
  uint16_t replicas : 4;
  State state;
  uint8_t placements;

  std::string_view name() const;
};

/// The head ends before the record's alignment does.
inline constexpr uint64_t kHeadBytes = offsetof(Record, placements) + 1;
static_assert(kHeadBytes == 44);

inline std::string_view Record::name() const { return {reinterpret_cast<const char*>(this) + kHeadBytes, name_bytes}; }

}  // namespace fabric::yp
