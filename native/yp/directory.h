#pragma once
/// The nodes and segments that the yellow pages speak of, each once, as small numbers; and what is counted per node.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "yp/yp_record.h"

namespace fabric::yp {

/// What a node holds; `bytes` is of the payloads of `variables`.
struct NodeCounts {
  uint64_t variables = 0;
  uint64_t bytes = 0;
  uint64_t claims = 0;
  uint64_t tombstones = 0;
  uint64_t conflicts = 0;
};

class Directory {
 public:
  struct Segment {
    uint32_t node;
    /// Empty for the node itself: where a claim stands.
    std::string shared_id;
    uint64_t uses = 0;
  };
  struct Node {
    std::string name;
    /// That of its latest inventory, below kRounds.
    uint32_t round = 0;
    NodeCounts counts;
  };

  /// ERR for what can't be a node's name. Nodes are few, so a number is never taken back.
  uint32_t node(std::string_view name);
  std::optional<uint32_t> find_node(std::string_view name) const;
  Node& node_at(uint32_t number) { return nodes_[number]; }
  const std::vector<Node>& nodes() const { return nodes_; }

  /// The caller has it retained once. ERR for what can't be a segment's name.
  uint32_t acquire_segment(uint32_t node, std::string_view shared_id);
  const Segment& segment_at(uint32_t number) const { return segments_[number]; }
  Node& node_of(const Cell& cell) { return nodes_[segments_[cell.segment()].node]; }
  void retain_segment(uint32_t segment) { ++segments_[segment].uses; }
  void release_segment(uint32_t segment);

  /// Adds `by` (1 or -1) to what its node counts for such a copy.
  void count(const Cell& cell, const Record& record, int64_t by);

 private:
  std::vector<Node> nodes_;
  std::unordered_map<std::string, uint32_t> node_numbers_;
  std::vector<Segment> segments_;
  /// By the node's number and the name together.
  std::unordered_map<std::string, uint32_t> segment_numbers_;
  std::vector<uint32_t> free_segments_;
};

/// Whether it is `/` and letters, digits, `.`, `_`, `-`, as names of segments are.
bool is_shared_id(std::string_view text);
bool is_node_name(std::string_view text);

}  // namespace fabric::yp
