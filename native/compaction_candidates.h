/** The extents compaction may still move, by size; within a size class those at the back of the order come first. */
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <vector>

#include "compaction_bays.h"

namespace fabric {

struct Candidate {
  uint32_t node;
  /** Rank of its bay. */
  uint32_t rank;
};

class Candidates {
 public:
  void clear() {
    for (auto& queue : queues_) {
      queue.list.clear();
      queue.head = 0;
    }
  }

  /** From the back of the order to the front. What exceeds a class's share of memory has to wait for the next pass. */
  void add(uint64_t bytes, Candidate candidate) {
    auto& list = queues_[size_class(bytes)].list;
    if (list.size() < kClassMax) list.push_back(candidate);
  }

  enum class Verdict { kTake, kSkip, kDrop };

  /**
   * The first that `judge` takes, largest class first, not above that of `bytes`. Those it drops are gone, those it
   * skips stay. Looks at a bounded number of skipped ones per class, and at `budget` in all, which it counts down.
   */
  template <typename Judge>
  std::optional<Candidate> take(uint64_t bytes, int& budget, Judge judge) {
    for (uint32_t at = size_class(bytes) + 1; at-- > 0 && budget > 0;) {
      auto taken = take_from(queues_[at], budget, judge);
      if (taken) return taken;
    }
    return std::nullopt;
  }

 private:
  static constexpr size_t kClassMax = 1 << 14;
  static constexpr size_t kSkipsMax = 8;

  struct Queue {
    std::vector<Candidate> list;
    size_t head = 0;
  };

  template <typename Judge>
  std::optional<Candidate> take_from(Queue& queue, int& budget, Judge judge) {
    auto& [list, head] = queue;
    size_t skips = 0;
    for (size_t at = head; at < list.size() && skips < kSkipsMax && budget > 0; at++, budget--) {
      Candidate candidate = list[at];
      Verdict verdict = judge(candidate);
      if (verdict == Verdict::kSkip) {
        skips++;
        continue;
      }
      // The few skipped ones move up over the gap, so that the order stays.
      for (size_t gap = at; gap > head; gap--) list[gap] = list[gap - 1];
      head++;
      if (verdict == Verdict::kTake) return candidate;
    }
    return std::nullopt;
  }

  std::array<Queue, kSizeClasses> queues_;
};

}  // namespace fabric
