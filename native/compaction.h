/**
 * Plans the moves that gather the holes of one segment. It moves nothing itself.
 *
 * Immovable extents divide the arena into *bays*, and free space that they split is worth less than its sum. So the
 * bays are put in order, small ones first, and what is movable is packed towards the front of that order: the holes end
 * up together in the largest bays. Holes are filled with the largest extents that fit, taken from the back of the order;
 * where nothing fits, the extent behind a hole is evacuated, so that a larger hole remains.
 *
 * Source and target of a move never overlap: a crash in the middle of the copy loses nothing. Planning always ends:
 * every move but an evacuation brings an extent forward in the order, evacuations have a budget, and nothing is moved
 * where that would gain little.
 *
 * The caller copies, commits, and gives the source node an owner that is leaving, or releases it. Whatever else changes
 * in the allocator between two calls is noticed: extents are looked at afresh before they are chosen.
 */
#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "compaction_bays.h"
#include "compaction_candidates.h"
#include "extent_allocator.h"

namespace fabric {

struct PlannedMove {
  /** The extent to move, as it was. */
  uint32_t from_node;
  /** Its new place: allocated, with the same owner; the caller may set another. Released to give the move up. */
  uint32_t to_node;
};

/** Lives shorter than its allocator. */
class Compaction {
 public:
  /** A question about an owner; asked often, must not change the allocator. */
  using Predicate = std::function<bool(uint32_t owner)>;

  /**
   * `movable`: sealed and not pinned. `leaving`: the extent comes back by itself (it waits out a quarantine), so it doesn't
   * divide the arena for long; without this predicate such extents count as immovable.
   */
  Compaction(ExtentAllocator& extents, Predicate movable, Predicate leaving = nullptr);

  /**
   * The next move. Nullopt: none now. When `more()`, only this call's time slice was up; else nothing is to be gained until
   * something changes (a quarantine ends, a pin goes, extents are released), and a later call begins anew.
   */
  std::optional<PlannedMove> next();

  /** Whether the last nullopt only ended a time slice (some 100 µs): call again soon. */
  bool more() const { return phase_ != Phase::kIdle; }

  /** Renews the budget of evacuations, twice the bytes that are free now: for each request to compact, not within one. */
  void begin();

 private:
  enum class Phase { kIdle, kDivide, kCollect, kFill };

  void start_pass();
  void divide(int& budget);
  void finish_divide();
  void collect(int& budget);
  std::optional<PlannedMove> fill(int& budget);
  void finish_fill();

  bool enter_bay(bool from_end);
  std::optional<PlannedMove> fill_hole(uint32_t hole, int& budget);
  std::optional<PlannedMove> evacuate(uint32_t hole);
  Candidates::Verdict judge(const Candidate& candidate, uint32_t hole) const;
  bool is_fixed(uint32_t node) const;
  bool is_movable(uint32_t node) const;

  ExtentAllocator& extents_;
  Predicate movable_;
  Predicate leaving_;
  Phase phase_ = Phase::kIdle;
  Bays bays_;
  Candidates candidates_;
  /** Where the current phase stands, in the bay of rank_. */
  ExtentAllocator::Cursor at_;
  uint32_t rank_ = 0;
  /** The bay being divided off begins behind this extent. */
  Bay open_bay_{};
  double sum_of_squares_ = 0;
  uint64_t evacuation_bytes_left_ = 0;
  /** The source of the latest evacuation. */
  uint32_t evacuated_ = kNoNode;
  uint64_t moves_in_pass_ = 0;
  /** Since the call that began with nothing to go on with. */
  uint32_t passes_ = 0;
};

}  // namespace fabric
