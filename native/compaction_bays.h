/**
 * The bays of an arena: stretches between immovable extents, in the order in which compaction fills them. A bay's place
 * in that order is its rank: smaller ones first (in steps of a quarter octave), then by address.
 */
#pragma once

#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace fabric {

/** Classes of sizes in bytes, four per octave. */
inline constexpr uint32_t kSizeClasses = 4 * 40;

constexpr uint32_t size_class(uint64_t bytes) {
  if (bytes < 4) return 0;
  auto octave = static_cast<uint32_t>(std::bit_width(bytes)) - 1;
  return octave * 4 + static_cast<uint32_t>((bytes >> (octave - 2)) & 3);
}

struct Bay {
  /** Bytes from the start of the arena. */
  uint64_t begin;
  uint64_t end;
  /** Nodes of the immovable extents around it, kNoNode at the ends of the arena. */
  uint32_t before;
  uint32_t behind;

  uint64_t bytes() const { return end - begin; }
};

class Bays {
 public:
  void clear() {
    for (auto& bays : by_class_) bays.clear();
    ordered_.clear();
  }

  /** In address order. */
  void add(const Bay& bay) {
    if (bay.end > bay.begin) by_class_[size_class(bay.bytes())].push_back(bay);
  }

  /** Call when all are added; linear, as the classes are. */
  void order() {
    for (auto& bays : by_class_) {
      ordered_.insert(ordered_.end(), bays.begin(), bays.end());
      bays.clear();
    }
  }

  uint32_t count() const { return static_cast<uint32_t>(ordered_.size()); }
  const Bay& operator[](uint32_t rank) const { return ordered_[rank]; }

  /** The sum of squares of hole sizes if `free_bytes` lay in the largest bays: the most that moves can reach. */
  double best_sum_of_squares(uint64_t free_bytes) const {
    double sum = 0;
    for (auto bay = ordered_.rbegin(); bay != ordered_.rend() && free_bytes > 0; ++bay) {
      uint64_t bytes = bay->bytes() < free_bytes ? bay->bytes() : free_bytes;
      sum += static_cast<double>(bytes) * static_cast<double>(bytes);
      free_bytes -= bytes;
    }
    return sum;
  }

 private:
  std::array<std::vector<Bay>, kSizeClasses> by_class_;
  std::vector<Bay> ordered_;
};

}  // namespace fabric
