/**
 * Finds a hole for a request.
 *
 * A hole's *fit* is the largest request it can take, alignment included. Up to 64 KiB there is one list per fit: constant
 * time, and no slack where holes are many. Larger holes, which hold nearly all of the free bytes, stand in one treap per
 * half octave of fits, ordered by address and augmented with the largest fit below: the lowest hole that is large enough
 * without breaking up a much larger one. Low addresses first leaves the high ones whole; that raises the utilisation
 * reached before a request fails by some percent over best fit.
 *
 * Treap priorities are a hash of the node's number, so nothing but the links is stored.
 */
#pragma once

#include <array>
#include <cstdint>

#include "extent_nodes.h"

namespace fabric {

constexpr uint64_t kUnitBytes = 64;
constexpr uint32_t kPageUnits = 4096 / kUnitBytes;
/** Requests from here on are page-aligned and whole pages: 2 MiB. */
constexpr uint32_t kLargeUnits = (2u << 20) / kUnitBytes;

/** First offset at or above `offset` (units) where a request of `units` may begin. */
constexpr uint64_t aligned_start(uint64_t offset, uint64_t units) {
  return units < kLargeUnits ? offset : (offset + kPageUnits - 1) / kPageUnits * kPageUnits;
}

/** The largest request, in units, that a hole can take. */
constexpr uint32_t fit_of(uint32_t offset, uint32_t units) {
  if (units < kLargeUnits) return units;
  uint64_t end = uint64_t{offset} + units;
  uint64_t start = aligned_start(offset, units);
  uint64_t whole_pages = end <= start ? 0 : (end - start) / kPageUnits * kPageUnits;
  return whole_pages >= kLargeUnits ? static_cast<uint32_t>(whole_pages) : kLargeUnits - 1;
}

class HoleIndex {
 public:
  explicit HoleIndex(ExtentNodes& nodes) : nodes_(nodes) { clear(); }

  void clear();
  void insert(uint32_t hole);
  void erase(uint32_t hole);
  /** Changes the range of an indexed hole, within what lies between its neighbours. */
  void reshape(uint32_t hole, uint32_t offset, uint32_t units);

  /** A hole whose fit is at least `units`, or kNoNode. */
  uint32_t find(uint32_t units) const;
  /** The same for a request that has to end at or below `limit` (units). Looks at a bounded number of holes. */
  uint32_t find_below(uint32_t units, uint64_t limit) const;
  /** The largest fit there is; 0 without holes. */
  uint32_t largest_fit() const;

  /** Every link, order and maximum is right; returns the number of holes, or kNoNode if not. For tests. */
  uint32_t check() const;

 private:
  static constexpr uint32_t kListFitMax = 1024;
  static constexpr uint32_t kListWords = kListFitMax / 64;
  static constexpr uint32_t kTrees = 44;

  static uint32_t tree_of(uint32_t fit);
  uint32_t fit(uint32_t hole) const { return fit_of(nodes_[hole].offset, nodes_[hole].units); }
  uint32_t largest_in(uint32_t root) const { return root == kNoNode ? 0 : nodes_[root].largest; }
  void refresh(uint32_t root);
  void refresh_path(uint32_t root, uint32_t hole);

  uint32_t next_list(uint32_t fit) const;
  void list_insert(uint32_t fit, uint32_t hole);
  void list_erase(uint32_t fit, uint32_t hole);
  void set_tree(uint32_t tree, uint32_t root);
  uint32_t tree_insert(uint32_t root, uint32_t hole);
  uint32_t tree_erase(uint32_t root, uint32_t hole);
  uint32_t merge(uint32_t low, uint32_t high);
  void split(uint32_t root, uint32_t offset, uint32_t* low, uint32_t* high);
  uint32_t lowest_fit(uint32_t root, uint32_t units) const;
  bool ends_below(uint32_t hole, uint32_t units, uint64_t limit) const;
  uint32_t check_list(uint32_t fit) const;
  uint32_t check_tree(uint32_t root, uint32_t tree, uint64_t begin, uint64_t end) const;

  ExtentNodes& nodes_;
  /** heads_[fit - 1] is the latest hole of that fit; one bit each in `filled_`, one per word of it in `words_`. */
  std::array<uint32_t, kListFitMax> heads_;
  std::array<uint64_t, kListWords> filled_;
  uint32_t words_;
  std::array<uint32_t, kTrees> roots_;
  uint64_t planted_;
};

}  // namespace fabric
