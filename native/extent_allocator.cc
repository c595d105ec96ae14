#include "extent_allocator.h"

#include <algorithm>

namespace fabric {
namespace {

constexpr uint64_t kPageBytes = 4096;
constexpr uint64_t kArenaUnitsMax = 0xffffffff;

/** Units of a request, or 0 if no arena of `arena_units` can take it. */
uint32_t units_for(uint64_t payload_bytes, uint64_t arena_units) {
  if (payload_bytes > arena_units * kUnitBytes) return 0;
  uint64_t units = extent_bytes(payload_bytes) / kUnitBytes;
  return units > arena_units ? 0 : static_cast<uint32_t>(units);
}

}  // namespace

uint64_t extent_bytes(uint64_t payload_bytes) {
  uint64_t bytes = std::max((payload_bytes + kUnitBytes - 1) / kUnitBytes * kUnitBytes, kUnitBytes);
  return bytes < kLargeUnits * kUnitBytes ? bytes : (bytes + kPageBytes - 1) / kPageBytes * kPageBytes;
}

ExtentAllocator::Cursor::Cursor(ExtentAllocator& allocator) : allocator_(allocator) {
  allocator_.cursors_.push_back(this);
}

ExtentAllocator::Cursor::~Cursor() { std::erase(allocator_.cursors_, this); }

ExtentAllocator::ExtentAllocator(uint64_t arena_bytes)
    : arena_units_(std::min(arena_bytes / kUnitBytes, kArenaUnitsMax)) {
  clear();
  nodes_.reserve(1);
  if (arena_units_ != 0) append(NodeState::kHole, 0, arena_units_);
}

std::optional<Extent> ExtentAllocator::allocate(uint64_t payload_bytes, uint32_t owner) {
  uint32_t units = units_for(payload_bytes, arena_units_);
  uint32_t hole = units == 0 ? kNoNode : holes_.find(units);
  if (hole == kNoNode) return std::nullopt;
  return take(hole, aligned_start(nodes_[hole].offset, units), units, owner);
}

std::optional<Extent> ExtentAllocator::allocate_below(uint64_t payload_bytes, uint64_t limit, uint32_t owner) {
  uint32_t units = units_for(payload_bytes, arena_units_);
  uint32_t hole = units == 0 ? kNoNode : holes_.find_below(units, limit / kUnitBytes);
  if (hole == kNoNode) return std::nullopt;
  return take(hole, aligned_start(nodes_[hole].offset, units), units, owner);
}

bool ExtentAllocator::fits(uint32_t hole, uint64_t payload_bytes) const {
  uint32_t units = units_for(payload_bytes, arena_units_);
  return units != 0 && is_free(hole) && fit_of(nodes_[hole].offset, nodes_[hole].units) >= units;
}

std::optional<Extent> ExtentAllocator::allocate_in(uint32_t hole, uint64_t payload_bytes, uint32_t owner) {
  if (!fits(hole, payload_bytes)) return std::nullopt;
  uint32_t units = units_for(payload_bytes, arena_units_);
  return take(hole, aligned_start(nodes_[hole].offset, units), units, owner);
}

std::optional<Extent> ExtentAllocator::allocate_at(uint64_t offset, uint64_t payload_bytes, uint32_t owner) {
  uint32_t units = units_for(payload_bytes, arena_units_);
  if (units == 0 || offset % kUnitBytes != 0 || offset / kUnitBytes + units > arena_units_) return std::nullopt;
  uint64_t start = offset / kUnitBytes;
  if (aligned_start(start, units) != start) return std::nullopt;
  uint32_t node = first_;
  while (uint64_t{nodes_[node].offset} + nodes_[node].units <= start) node = nodes_[node].next;
  if (!is_free(node) || start + units > uint64_t{nodes_[node].offset} + nodes_[node].units) return std::nullopt;
  return take(node, start, units, owner);
}

/**
 * Cuts [start, start + units) out of a hole; what remains before and behind stays free. The hole's node goes on as one of
 * these, if there are any: mostly its place in the index stays the same.
 */
std::optional<Extent> ExtentAllocator::take(uint32_t hole, uint64_t start, uint32_t units, uint32_t owner) {
  nodes_.reserve(2);
  uint32_t begin = nodes_[hole].offset;
  auto before = static_cast<uint32_t>(start - begin);
  uint32_t behind = nodes_[hole].units - before - units;
  auto offset = static_cast<uint32_t>(start);
  uint32_t used = hole;
  if (before == 0 && behind == 0) {
    holes_.erase(hole);
  } else if (behind == 0) {
    used = insert_before(nodes_[hole].next, offset, units);
    holes_.reshape(hole, begin, before);
  } else {
    used = insert_before(hole, offset, units);
    holes_.reshape(hole, offset + units, behind);
    if (before != 0) {
      uint32_t pad = insert_before(used, begin, before);
      nodes_[pad].state = NodeState::kHole;
      holes_.insert(pad);
    }
  }
  nodes_[used].state = NodeState::kUsed;
  nodes_[used].owner = owner;
  free_units_ -= units;
  return Extent{used, start * kUnitBytes};
}

void ExtentAllocator::release(uint32_t node) {
  if (!is_used(node)) return;
  uint32_t below = nodes_[node].previous;
  uint32_t above = nodes_[node].next;
  uint32_t offset = nodes_[node].offset;
  uint32_t units = nodes_[node].units;
  free_units_ += units;
  bool joins_below = below != kNoNode && nodes_[below].state == NodeState::kHole;
  bool joins_above = above != kNoNode && nodes_[above].state == NodeState::kHole;
  if (joins_below && joins_above) {
    units += nodes_[above].units;
    holes_.erase(above);
    unlink(above, below);
  }
  if (joins_below) {
    unlink(node, below);
    holes_.reshape(below, nodes_[below].offset, nodes_[below].units + units);
  } else if (joins_above) {
    unlink(node, above);
    holes_.reshape(above, offset, units + nodes_[above].units);
  } else {
    nodes_[node].state = NodeState::kHole;
    holes_.insert(node);
  }
}

/** `node` kNoNode stands for the end of the arena. */
uint32_t ExtentAllocator::insert_before(uint32_t node, uint32_t offset, uint32_t units) {
  uint32_t fresh = nodes_.take();
  uint32_t previous = node == kNoNode ? last_ : nodes_[node].previous;
  nodes_[fresh].offset = offset;
  nodes_[fresh].units = units;
  nodes_[fresh].previous = previous;
  nodes_[fresh].next = node;
  (previous == kNoNode ? first_ : nodes_[previous].next) = fresh;
  (node == kNoNode ? last_ : nodes_[node].previous) = fresh;
  return fresh;
}

void ExtentAllocator::unlink(uint32_t node, uint32_t survivor) {
  uint32_t previous = nodes_[node].previous;
  uint32_t next = nodes_[node].next;
  (previous == kNoNode ? first_ : nodes_[previous].next) = next;
  (next == kNoNode ? last_ : nodes_[next].previous) = previous;
  nodes_.drop(node);
  for (Cursor* cursor : cursors_) {
    if (cursor->node == node) cursor->node = survivor;
  }
}

void ExtentAllocator::clear() {
  nodes_.clear();
  holes_.clear();
  first_ = last_ = kNoNode;
  free_units_ = 0;
  for (Cursor* cursor : cursors_) cursor->node = kNoNode;
}

uint32_t ExtentAllocator::append(NodeState state, uint64_t offset, uint64_t units) {
  nodes_.reserve(1);
  uint32_t node = insert_before(kNoNode, static_cast<uint32_t>(offset), static_cast<uint32_t>(units));
  nodes_[node].state = state;
  if (state == NodeState::kHole) {
    holes_.insert(node);
    free_units_ += units;
  }
  return node;
}

bool ExtentAllocator::rebuild(std::span<const Used> sorted, std::vector<uint32_t>& nodes) {
  clear();
  nodes.clear();
  nodes.reserve(sorted.size());
  uint64_t end = 0;
  bool sound = true;
  for (const Used& used : sorted) {
    uint64_t start = used.offset / kUnitBytes;
    uint64_t units = used.bytes / kUnitBytes;
    sound = used.offset % kUnitBytes == 0 && used.bytes % kUnitBytes == 0 && units != 0 && start >= end &&
            start <= arena_units_ && units <= arena_units_ - start;
    if (!sound) break;
    if (start > end) append(NodeState::kHole, end, start - end);
    nodes.push_back(append(NodeState::kUsed, start, units));
    nodes_[nodes.back()].owner = used.owner;
    end = start + units;
  }
  if (!sound) {
    clear();
    nodes.clear();
    end = 0;
  }
  if (end < arena_units_) append(NodeState::kHole, end, arena_units_ - end);
  return sound;
}

bool ExtentAllocator::check() const {
  uint64_t end = 0;
  uint64_t free = 0;
  uint32_t holes = 0;
  uint32_t count = 0;
  uint32_t largest = 0;
  uint32_t before = kNoNode;
  for (uint32_t node = first_; node != kNoNode; before = node, node = nodes_[node].next, count++) {
    bool hole = is_free(node);
    if ((!hole && !is_used(node)) || nodes_[node].previous != before || nodes_[node].offset != end) return false;
    if (nodes_[node].units == 0 || (hole && before != kNoNode && is_free(before))) return false;
    end += nodes_[node].units;
    if (!hole) continue;
    holes++;
    free += nodes_[node].units;
    largest = std::max(largest, fit_of(nodes_[node].offset, nodes_[node].units));
  }
  return end == arena_units_ && before == last_ && free == free_units_ && count == nodes_.size() &&
         largest == holes_.largest_fit() && holes == holes_.check();
}

}  // namespace fabric
