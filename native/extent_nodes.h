/**
 * The nodes an ExtentAllocator is made of, 32 bytes each: one per extent and one per hole, linked in address order.
 *
 * They live in chunks that never move, so that growth costs one chunk (some tens of microseconds), never a copy of all.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace fabric {

constexpr uint32_t kNoNode = 0xffffffff;

enum class NodeState : uint32_t { kUnused, kHole, kUsed };

/** Offsets and sizes are counted in units of 64 bytes. */
struct ExtentNode {
  uint32_t offset;
  uint32_t units;
  /** Physical neighbours; kNoNode at the ends of the arena. */
  uint32_t previous;
  uint32_t next;
  union {
    /** Of an extent. */
    uint32_t owner;
    /** Of a hole: its lower subtree, or the one before it in its list. */
    uint32_t left;
  };
  /** Of a hole: its upper subtree, or the next in its list. Of an unused node: the next unused one. */
  uint32_t right;
  /** Of a hole in a tree: the largest fit in the subtree. */
  uint32_t largest;
  NodeState state;
};
static_assert(sizeof(ExtentNode) == 32);

class ExtentNodes {
 public:
  ExtentNode& operator[](uint32_t node) { return chunks_[node >> kChunkBits][node & (kChunkNodes - 1)]; }
  const ExtentNode& operator[](uint32_t node) const {
    return chunks_[node >> kChunkBits][node & (kChunkNodes - 1)];
  }

  bool is(uint32_t node, NodeState state) const { return node < taken_ && (*this)[node].state == state; }

  /** Makes sure that `count` (few) takes succeed. Throws bad_alloc. */
  void reserve(uint32_t count) {
    if (spare_ >= count) return;
    while (capacity() - taken_ + spare_ < count) {
      chunks_.push_back(std::make_unique_for_overwrite<ExtentNode[]>(kChunkNodes));
    }
  }

  uint32_t take() {
    if (unused_ == kNoNode) return taken_++;
    uint32_t node = unused_;
    unused_ = (*this)[node].right;
    spare_--;
    return node;
  }

  void drop(uint32_t node) {
    (*this)[node].state = NodeState::kUnused;
    (*this)[node].right = unused_;
    unused_ = node;
    spare_++;
  }

  /** Forgets all nodes and keeps the memory. */
  void clear() {
    taken_ = 0;
    spare_ = 0;
    unused_ = kNoNode;
  }

  /** Nodes in use. */
  uint32_t size() const { return taken_ - spare_; }

  size_t bytes() const { return chunks_.size() * kChunkNodes * sizeof(ExtentNode) + chunks_.capacity() * sizeof(chunks_[0]); }

 private:
  static constexpr uint32_t kChunkBits = 13;
  static constexpr uint32_t kChunkNodes = 1u << kChunkBits;

  uint64_t capacity() const { return uint64_t{chunks_.size()} << kChunkBits; }

  std::vector<std::unique_ptr<ExtentNode[]>> chunks_;
  /** Nodes ever taken since clear(); those dropped among them are chained at `unused_` and counted in `spare_`. */
  uint32_t taken_ = 0;
  uint32_t spare_ = 0;
  uint32_t unused_ = kNoNode;
};

}  // namespace fabric
