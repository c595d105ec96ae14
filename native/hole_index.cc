#include "hole_index.h"

#include <algorithm>
#include <bit>

namespace fabric {
namespace {

/** Holes looked at in the lists by find_below. */
constexpr int kListScanMax = 64;

uint32_t priority(uint32_t node) {
  uint32_t hash = (node + 1) * 0x9e3779b1u;
  hash ^= hash >> 15;
  hash *= 0x85ebca77u;
  return hash ^ (hash >> 13);
}

/** A total order: priorities of different nodes may be equal. */
bool above(uint32_t a, uint32_t b) {
  uint32_t pa = priority(a);
  uint32_t pb = priority(b);
  return pa != pb ? pa > pb : a > b;
}

}  // namespace

void HoleIndex::clear() {
  heads_.fill(kNoNode);
  filled_.fill(0);
  words_ = 0;
  roots_.fill(kNoNode);
  planted_ = 0;
}

uint32_t HoleIndex::tree_of(uint32_t fit) {
  uint32_t octave = 31 - static_cast<uint32_t>(std::countl_zero(fit));
  uint32_t upper_half = (fit >> (octave - 1)) & 1;
  return (octave - 10) * 2 + upper_half;
}

void HoleIndex::insert(uint32_t hole) {
  uint32_t fits = fit(hole);
  if (fits <= kListFitMax) return list_insert(fits, hole);
  uint32_t tree = tree_of(fits);
  set_tree(tree, tree_insert(roots_[tree], hole));
}

void HoleIndex::erase(uint32_t hole) {
  uint32_t fits = fit(hole);
  if (fits <= kListFitMax) return list_erase(fits, hole);
  uint32_t tree = tree_of(fits);
  set_tree(tree, tree_erase(roots_[tree], hole));
}

void HoleIndex::reshape(uint32_t hole, uint32_t offset, uint32_t units) {
  uint32_t before = fit(hole);
  uint32_t after = fit_of(offset, units);
  ExtentNode& node = nodes_[hole];
  bool stays = std::min(before, after) > kListFitMax ? tree_of(before) == tree_of(after) : before == after;
  if (!stays) erase(hole);
  node.offset = offset;
  node.units = units;
  if (!stays) return insert(hole);
  // Neither list nor order changes: the range only moved within its gap.
  if (after > kListFitMax) refresh_path(roots_[tree_of(after)], hole);
}

uint32_t HoleIndex::find(uint32_t units) const {
  uint32_t first_tree = 0;
  if (units <= kListFitMax) {
    uint32_t fits = next_list(units);
    if (fits != 0) return heads_[fits - 1];
  } else {
    first_tree = tree_of(units);
  }
  for (uint64_t trees = planted_ >> first_tree << first_tree; trees != 0; trees &= trees - 1) {
    uint32_t hole = lowest_fit(roots_[static_cast<uint32_t>(std::countr_zero(trees))], units);
    if (hole != kNoNode) return hole;
  }
  return kNoNode;
}

uint32_t HoleIndex::find_below(uint32_t units, uint64_t limit) const {
  int budget = kListScanMax;
  uint32_t first_tree = units <= kListFitMax ? 0 : tree_of(units);
  for (uint32_t fits = units <= kListFitMax ? next_list(units) : 0; fits != 0; fits = next_list(fits + 1)) {
    for (uint32_t hole = heads_[fits - 1]; hole != kNoNode && budget > 0; hole = nodes_[hole].right, budget--) {
      if (ends_below(hole, units, limit)) return hole;
    }
    if (budget == 0) break;
  }
  for (uint64_t trees = planted_ >> first_tree << first_tree; trees != 0; trees &= trees - 1) {
    uint32_t hole = lowest_fit(roots_[static_cast<uint32_t>(std::countr_zero(trees))], units);
    if (hole != kNoNode && ends_below(hole, units, limit)) return hole;
  }
  return kNoNode;
}

uint32_t HoleIndex::largest_fit() const {
  if (planted_ != 0) return nodes_[roots_[63 - static_cast<uint32_t>(std::countl_zero(planted_))]].largest;
  if (words_ == 0) return 0;
  uint32_t word = 31 - static_cast<uint32_t>(std::countl_zero(words_));
  return word * 64 + 64 - static_cast<uint32_t>(std::countl_zero(filled_[word]));
}

bool HoleIndex::ends_below(uint32_t hole, uint32_t units, uint64_t limit) const {
  return aligned_start(nodes_[hole].offset, units) + units <= limit;
}

/** The smallest fit >= `fit` whose list has a hole; 0 if there is none. */
uint32_t HoleIndex::next_list(uint32_t fit) const {
  uint32_t bit = fit - 1;
  if (bit >= kListFitMax) return 0;
  uint32_t word = bit / 64;
  uint64_t here = filled_[word] >> (bit % 64);
  if (here != 0) return fit + static_cast<uint32_t>(std::countr_zero(here));
  uint32_t later = words_ & ~((2u << word) - 1);
  if (later == 0) return 0;
  word = static_cast<uint32_t>(std::countr_zero(later));
  return word * 64 + 1 + static_cast<uint32_t>(std::countr_zero(filled_[word]));
}

void HoleIndex::list_insert(uint32_t fit, uint32_t hole) {
  uint32_t& head = heads_[fit - 1];
  nodes_[hole].left = kNoNode;
  nodes_[hole].right = head;
  if (head != kNoNode) nodes_[head].left = hole;
  head = hole;
  filled_[(fit - 1) / 64] |= uint64_t{1} << ((fit - 1) % 64);
  words_ |= 1u << ((fit - 1) / 64);
}

void HoleIndex::list_erase(uint32_t fit, uint32_t hole) {
  uint32_t before = nodes_[hole].left;
  uint32_t after = nodes_[hole].right;
  if (after != kNoNode) nodes_[after].left = before;
  if (before != kNoNode) {
    nodes_[before].right = after;
    return;
  }
  heads_[fit - 1] = after;
  if (after != kNoNode) return;
  uint64_t& word = filled_[(fit - 1) / 64];
  word &= ~(uint64_t{1} << ((fit - 1) % 64));
  if (word == 0) words_ &= ~(1u << ((fit - 1) / 64));
}

void HoleIndex::set_tree(uint32_t tree, uint32_t root) {
  roots_[tree] = root;
  uint64_t bit = uint64_t{1} << tree;
  planted_ = root == kNoNode ? planted_ & ~bit : planted_ | bit;
}

void HoleIndex::refresh(uint32_t root) {
  ExtentNode& node = nodes_[root];
  node.largest = std::max({fit_of(node.offset, node.units), largest_in(node.left), largest_in(node.right)});
}

void HoleIndex::refresh_path(uint32_t root, uint32_t hole) {
  if (root != hole) {
    refresh_path(nodes_[hole].offset < nodes_[root].offset ? nodes_[root].left : nodes_[root].right, hole);
  }
  refresh(root);
}

uint32_t HoleIndex::tree_insert(uint32_t root, uint32_t hole) {
  if (root != kNoNode && above(root, hole)) {
    ExtentNode& node = nodes_[root];
    uint32_t& child = nodes_[hole].offset < node.offset ? node.left : node.right;
    child = tree_insert(child, hole);
    node.largest = std::max(node.largest, fit(hole));
    return root;
  }
  ExtentNode& node = nodes_[hole];
  split(root, node.offset, &node.left, &node.right);
  refresh(hole);
  return hole;
}

uint32_t HoleIndex::tree_erase(uint32_t root, uint32_t hole) {
  ExtentNode& node = nodes_[root];
  if (root == hole) return merge(node.left, node.right);
  uint32_t& child = nodes_[hole].offset < node.offset ? node.left : node.right;
  child = tree_erase(child, hole);
  refresh(root);
  return root;
}

uint32_t HoleIndex::merge(uint32_t low, uint32_t high) {
  if (low == kNoNode) return high;
  if (high == kNoNode) return low;
  bool low_above = above(low, high);
  uint32_t root = low_above ? low : high;
  if (low_above) {
    nodes_[low].right = merge(nodes_[low].right, high);
  } else {
    nodes_[high].left = merge(low, nodes_[high].left);
  }
  refresh(root);
  return root;
}

void HoleIndex::split(uint32_t root, uint32_t offset, uint32_t* low, uint32_t* high) {
  if (root == kNoNode) {
    *low = *high = kNoNode;
    return;
  }
  ExtentNode& node = nodes_[root];
  if (node.offset < offset) {
    *low = root;
    split(node.right, offset, &node.right, high);
  } else {
    *high = root;
    split(node.left, offset, low, &node.left);
  }
  refresh(root);
}

uint32_t HoleIndex::lowest_fit(uint32_t root, uint32_t units) const {
  if (largest_in(root) < units) return kNoNode;
  while (true) {
    const ExtentNode& node = nodes_[root];
    if (largest_in(node.left) >= units) {
      root = node.left;
    } else if (fit(root) >= units) {
      return root;
    } else {
      root = node.right;
    }
  }
}

uint32_t HoleIndex::check_list(uint32_t fit_wanted) const {
  uint32_t count = 0;
  uint32_t before = kNoNode;
  for (uint32_t hole = heads_[fit_wanted - 1]; hole != kNoNode; before = hole, hole = nodes_[hole].right, count++) {
    if (!nodes_.is(hole, NodeState::kHole) || fit(hole) != fit_wanted || nodes_[hole].left != before) return kNoNode;
  }
  bool marked = (filled_[(fit_wanted - 1) / 64] >> ((fit_wanted - 1) % 64) & 1) != 0;
  return marked == (count != 0) ? count : kNoNode;
}

uint32_t HoleIndex::check_tree(uint32_t root, uint32_t tree, uint64_t begin, uint64_t end) const {
  if (root == kNoNode) return 0;
  if (!nodes_.is(root, NodeState::kHole)) return kNoNode;
  const ExtentNode& node = nodes_[root];
  if (node.offset < begin || node.offset >= end || fit(root) <= kListFitMax || tree_of(fit(root)) != tree) {
    return kNoNode;
  }
  for (uint32_t child : {node.left, node.right}) {
    if (child != kNoNode && !above(root, child)) return kNoNode;
  }
  if (node.largest != std::max({fit(root), largest_in(node.left), largest_in(node.right)})) return kNoNode;
  uint32_t low = check_tree(node.left, tree, begin, node.offset);
  uint32_t high = check_tree(node.right, tree, uint64_t{node.offset} + node.units, end);
  return low == kNoNode || high == kNoNode ? kNoNode : low + high + 1;
}

uint32_t HoleIndex::check() const {
  uint32_t holes = 0;
  for (uint32_t fits = 1; fits <= kListFitMax; fits++) {
    uint32_t count = check_list(fits);
    if (count == kNoNode) return kNoNode;
    holes += count;
  }
  for (uint32_t word = 0; word < kListWords; word++) {
    if ((filled_[word] != 0) != ((words_ >> word & 1) != 0)) return kNoNode;
  }
  for (uint32_t tree = 0; tree < kTrees; tree++) {
    uint32_t count = check_tree(roots_[tree], tree, 0, uint64_t{1} << 32);
    if (count == kNoNode || (roots_[tree] != kNoNode) != ((planted_ >> tree & 1) != 0)) return kNoNode;
    holes += count;
  }
  return holes;
}

}  // namespace fabric
