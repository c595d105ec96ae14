/**
 * Divides the arena of one segment into extents. Nothing is stored in the arena, so nobody who can write to it can
 * mislead the allocator.
 *
 * Extents are counted in units of 64 bytes; those from 2 MiB up begin on a page and take whole pages. Private memory is
 * 32 bytes per extent and per hole. Time doesn't depend on the number of extents for requests up to 64 KiB out of
 * holes up to 64 KiB, and grows with the logarithm of the number of larger holes otherwise. Not thread-safe.
 *
 * A node number is valid from the allocation of its extent to its release.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "extent_nodes.h"
#include "hole_index.h"

namespace fabric {

/** Rounds a payload length (at most 2^63) to what an extent takes: 64-byte units; 4096-byte units from 2 MiB up; 0 → 64. */
uint64_t extent_bytes(uint64_t payload_bytes);

struct Extent {
  uint32_t node;
  /** Bytes from the start of the arena. */
  uint64_t offset;
};

struct Used {
  uint64_t offset;
  /** A multiple of 64. */
  uint64_t bytes;
  uint32_t owner;
};

class ExtentAllocator {
 public:
  /** A place in the address order that survives changes: when its hole merges into another it moves on to that. */
  class Cursor {
   public:
    explicit Cursor(ExtentAllocator& allocator);
    ~Cursor();
    Cursor(const Cursor&) = delete;
    Cursor& operator=(const Cursor&) = delete;

    uint32_t node = kNoNode;

   private:
    ExtentAllocator& allocator_;
  };

  /** The arena is used in whole units, up to 64 bytes less than 256 GiB. */
  explicit ExtentAllocator(uint64_t arena_bytes);
  ExtentAllocator(const ExtentAllocator&) = delete;
  ExtentAllocator& operator=(const ExtentAllocator&) = delete;

  std::optional<Extent> allocate(uint64_t payload_bytes, uint32_t owner);
  /** The whole extent ends at or below `limit` bytes. May fail although there is room: the search is bounded. */
  std::optional<Extent> allocate_below(uint64_t payload_bytes, uint64_t limit, uint32_t owner);
  /** At the lowest possible place of a hole (see is_free). */
  std::optional<Extent> allocate_in(uint32_t hole, uint64_t payload_bytes, uint32_t owner);
  /** At exactly `offset`, a multiple of 64 (of 4096 for a large one). Walks the extents: for recovery, not for traffic. */
  std::optional<Extent> allocate_at(uint64_t offset, uint64_t payload_bytes, uint32_t owner);
  /** Returns an extent and unites it with the holes beside it. A node that is no extent is ignored. */
  void release(uint32_t node);

  void set_owner(uint32_t node, uint32_t owner) { nodes_[node].owner = owner; }
  uint32_t owner(uint32_t node) const { return nodes_[node].owner; }
  uint64_t offset(uint32_t node) const { return nodes_[node].offset * kUnitBytes; }
  uint64_t bytes(uint32_t node) const { return nodes_[node].units * kUnitBytes; }
  /** Whether allocate_in would succeed. */
  bool fits(uint32_t hole, uint64_t payload_bytes) const;
  bool is_free(uint32_t node) const { return nodes_.is(node, NodeState::kHole); }
  /** False for holes and for numbers that mean nothing (any more). */
  bool is_used(uint32_t node) const { return nodes_.is(node, NodeState::kUsed); }

  /** The physical order of extents and holes; kNoNode at the ends. */
  uint32_t first() const { return first_; }
  uint32_t last() const { return last_; }
  uint32_t next(uint32_t node) const { return nodes_[node].next; }
  uint32_t previous(uint32_t node) const { return nodes_[node].previous; }

  uint64_t arena_bytes() const { return arena_units_ * kUnitBytes; }
  uint64_t free_bytes() const { return free_units_ * kUnitBytes; }
  uint64_t used_bytes() const { return (arena_units_ - free_units_) * kUnitBytes; }
  /** The largest payload that allocate would take now. */
  uint64_t largest_free() const { return holes_.largest_fit() * kUnitBytes; }

  /**
   * Starts over with the given extents. False, with nothing allocated, when they aren't sorted, overlap, leave the arena
   * or aren't whole units. `nodes` receives the node of each.
   */
  bool rebuild(std::span<const Used> sorted, std::vector<uint32_t>& nodes);

  size_t metadata_bytes() const { return sizeof *this + nodes_.bytes(); }

  /** Every invariant holds; O(extents), for tests. */
  bool check() const;

 private:
  void clear();
  uint32_t append(NodeState state, uint64_t offset, uint64_t units);
  std::optional<Extent> take(uint32_t hole, uint64_t start, uint32_t units, uint32_t owner);
  uint32_t insert_before(uint32_t node, uint32_t offset, uint32_t units);
  void unlink(uint32_t node, uint32_t survivor);

  uint64_t arena_units_;
  uint64_t free_units_ = 0;
  ExtentNodes nodes_;
  HoleIndex holes_{nodes_};
  uint32_t first_ = kNoNode;
  uint32_t last_ = kNoNode;
  std::vector<Cursor*> cursors_;
};

}  // namespace fabric
