#include "compaction.h"

#include <utility>

namespace fabric {
namespace {

/** Nodes and candidates looked at in one call; each costs some tens of nanoseconds. */
constexpr int kSliceSteps = 512;
/** Holes are gathered well enough when the sum of their squares is this share of what could be reached. */
constexpr double kGatheredEnough = 0.9;
/** A call that finds work in pass after pass, because others keep changing the arena, ends all the same. */
constexpr uint32_t kPassesMax = 16;
/** Bytes that may be evacuated per free byte: more gathers little more and copies the arena more than once. */
constexpr uint64_t kEvacuationsPerFree = 2;
/** A hole is worth an evacuation if it is at least this part of all free bytes, and of the extent behind it. */
constexpr uint64_t kFreePerHole = 1024;
constexpr uint64_t kExtentPerHole = 4;

}  // namespace

Compaction::Compaction(ExtentAllocator& extents, Predicate movable, Predicate leaving)
    : extents_(extents), movable_(std::move(movable)), leaving_(std::move(leaving)), at_(extents) {
  begin();
}

void Compaction::begin() { evacuation_bytes_left_ = kEvacuationsPerFree * extents_.free_bytes(); }

bool Compaction::is_movable(uint32_t node) const { return extents_.is_used(node) && movable_(extents_.owner(node)); }

bool Compaction::is_fixed(uint32_t node) const {
  if (extents_.is_free(node)) return false;
  uint32_t owner = extents_.owner(node);
  return !movable_(owner) && !(leaving_ && leaving_(owner));
}

std::optional<PlannedMove> Compaction::next() {
  int budget = kSliceSteps;
  if (phase_ == Phase::kIdle) {
    passes_ = 0;
    start_pass();
  }
  if (phase_ == Phase::kDivide) divide(budget);
  if (phase_ == Phase::kCollect) collect(budget);
  return phase_ == Phase::kFill ? fill(budget) : std::nullopt;
}

void Compaction::start_pass() {
  phase_ = Phase::kDivide;
  bays_.clear();
  candidates_.clear();
  at_.node = extents_.first();
  open_bay_ = {0, 0, kNoNode, kNoNode};
  sum_of_squares_ = 0;
  moves_in_pass_ = 0;
  evacuated_ = kNoNode;
  passes_++;
}

void Compaction::divide(int& budget) {
  for (; at_.node != kNoNode; at_.node = extents_.next(at_.node)) {
    if (budget-- <= 0) return;
    uint32_t node = at_.node;
    if (extents_.is_free(node)) {
      auto bytes = static_cast<double>(extents_.bytes(node));
      sum_of_squares_ += bytes * bytes;
    } else if (is_fixed(node)) {
      open_bay_.end = extents_.offset(node);
      open_bay_.behind = node;
      bays_.add(open_bay_);
      open_bay_ = {extents_.offset(node) + extents_.bytes(node), 0, node, kNoNode};
    }
  }
  finish_divide();
}

void Compaction::finish_divide() {
  open_bay_.end = extents_.arena_bytes();
  bays_.add(open_bay_);
  bays_.order();
  bool gathered = sum_of_squares_ >= kGatheredEnough * bays_.best_sum_of_squares(extents_.free_bytes());
  phase_ = gathered || bays_.count() == 0 ? Phase::kIdle : Phase::kCollect;
  rank_ = bays_.count();
  at_.node = kNoNode;
}

/** False when an extent beside the bay has gone meanwhile: the next pass will see what has become of it. */
bool Compaction::enter_bay(bool from_end) {
  const Bay& bay = bays_[rank_];
  uint32_t wall = from_end ? bay.behind : bay.before;
  if (wall == kNoNode) {
    at_.node = from_end ? extents_.last() : extents_.first();
    return true;
  }
  if (!extents_.is_used(wall)) return false;
  uint64_t edge = from_end ? extents_.offset(wall) : extents_.offset(wall) + extents_.bytes(wall);
  if (edge != (from_end ? bay.end : bay.begin)) return false;
  at_.node = from_end ? extents_.previous(wall) : extents_.next(wall);
  return true;
}

void Compaction::collect(int& budget) {
  while (true) {
    while (at_.node == kNoNode || extents_.offset(at_.node) < bays_[rank_].begin) {
      if (rank_ == 0) {
        phase_ = Phase::kFill;
        rank_ = 0;
        if (!enter_bay(false)) at_.node = kNoNode;
        return;
      }
      rank_--;
      budget--;
      if (!enter_bay(true)) at_.node = kNoNode;
    }
    if (budget-- <= 0) return;
    if (is_movable(at_.node)) candidates_.add(extents_.bytes(at_.node), {at_.node, rank_});
    at_.node = extents_.previous(at_.node);
  }
}

std::optional<PlannedMove> Compaction::fill(int& budget) {
  while (budget-- > 0) {
    if (at_.node == kNoNode || extents_.offset(at_.node) >= bays_[rank_].end) {
      if (++rank_ >= bays_.count()) {
        finish_fill();
        return std::nullopt;
      }
      if (!enter_bay(false)) at_.node = kNoNode;
      continue;
    }
    uint32_t node = at_.node;
    if (extents_.is_free(node)) {
      auto move = fill_hole(node, budget);
      // With the slice used up not every candidate was asked: come back to this hole.
      if (!move && budget <= 0) return std::nullopt;
      if (!move) move = evacuate(node);
      if (move) {
        moves_in_pass_++;
        return move;
      }
    }
    at_.node = extents_.next(node);
  }
  return std::nullopt;
}

/** What has been moved may have opened holes: look again, until a pass finds nothing. */
void Compaction::finish_fill() {
  phase_ = Phase::kIdle;
  at_.node = kNoNode;
  if (moves_in_pass_ > 0 && passes_ < kPassesMax) start_pass();
}

Candidates::Verdict Compaction::judge(const Candidate& candidate, uint32_t hole) const {
  uint32_t node = candidate.node;
  if (!is_movable(node)) return Candidates::Verdict::kDrop;
  // The hole only goes forward, so what lies before it now does so for the rest of the pass.
  bool behind = candidate.rank > rank_ || (candidate.rank == rank_ && extents_.offset(node) > extents_.offset(hole));
  if (!behind) return Candidates::Verdict::kDrop;
  const Bay& bay = bays_[candidate.rank];
  if (extents_.offset(node) < bay.begin || extents_.offset(node) >= bay.end) return Candidates::Verdict::kDrop;
  return extents_.fits(hole, extents_.bytes(node)) ? Candidates::Verdict::kTake : Candidates::Verdict::kSkip;
}

std::optional<PlannedMove> Compaction::fill_hole(uint32_t hole, int& budget) {
  auto candidate = candidates_.take(extents_.bytes(hole), budget, [&](const Candidate& one) { return judge(one, hole); });
  if (!candidate) return std::nullopt;
  uint32_t from = candidate->node;
  // The lower end of the hole is taken; the hole, if any is left, is what the cursor comes to next.
  at_.node = extents_.previous(hole);
  auto to = extents_.allocate_in(hole, extents_.bytes(from), extents_.owner(from));
  if (at_.node == kNoNode) at_.node = extents_.first();
  if (!to) return std::nullopt;
  return PlannedMove{from, to->node};
}

std::optional<PlannedMove> Compaction::evacuate(uint32_t hole) {
  uint32_t from = extents_.next(hole);
  if (from == kNoNode || extents_.offset(from) >= bays_[rank_].end || !is_movable(from)) return std::nullopt;
  // Still there although it was to be moved: the caller has given that up.
  if (from == evacuated_) return std::nullopt;
  uint64_t bytes = extents_.bytes(from);
  uint64_t gap = extents_.bytes(hole);
  bool worth = gap >= extents_.free_bytes() / kFreePerHole && gap >= bytes / kExtentPerHole;
  if (!worth || bytes > evacuation_bytes_left_) return std::nullopt;
  auto to = extents_.allocate(bytes, extents_.owner(from));
  if (!to) return std::nullopt;
  evacuation_bytes_left_ -= bytes;
  evacuated_ = from;
  return PlannedMove{from, to->node};
}

}  // namespace fabric
