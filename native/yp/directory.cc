#include "yp/directory.h"

#include <algorithm>

#include "failure.h"
#include "layout.h"

namespace fabric::yp {

namespace {

/// Of a file in /dev/shm.
constexpr size_t kSharedIdBytesMax = 255;

std::string key_of(uint32_t node, std::string_view shared_id) { return std::to_string(node).append(shared_id); }

bool is_alphanumeric(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

}  // namespace

bool is_shared_id(std::string_view text) {
  if (text.size() < 2 || text.size() > kSharedIdBytesMax || text[0] != '/') return false;
  return std::all_of(text.begin() + 1, text.end(), [](char c) { return is_alphanumeric(c) || c == '.' || c == '_' || c == '-'; });
}

bool is_node_name(std::string_view text) {
  if (text.empty() || text.size() > layout::kNodeNameBytesMax) return false;
  return std::all_of(text.begin(), text.end(), [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

std::optional<uint32_t> Directory::find_node(std::string_view name) const {
  const auto found = node_numbers_.find(std::string(name));
  return found == node_numbers_.end() ? std::nullopt : std::optional(found->second);
}

uint32_t Directory::node(std::string_view name) {
  if (const auto found = find_node(name)) return *found;
  if (!is_node_name(name)) throw Failure("ERR", "a node's name is 1 to 32 of a-z, 0-9 and \"-\"");
  const auto number = static_cast<uint32_t>(nodes_.size());
  nodes_.emplace_back().name = name;
  node_numbers_.emplace(name, number);
  return number;
}

uint32_t Directory::acquire_segment(uint32_t node, std::string_view shared_id) {
  if (!shared_id.empty() && !is_shared_id(shared_id)) {
    throw Failure("ERR", "a segment's name is \"/\" and up to 254 letters, digits, \".\", \"_\" or \"-\"");
  }
  const std::string key = key_of(node, shared_id);
  if (const auto found = segment_numbers_.find(key); found != segment_numbers_.end()) {
    retain_segment(found->second);
    return found->second;
  }
  uint32_t number = static_cast<uint32_t>(segments_.size());
  if (free_segments_.empty()) {
    if (number == kSegmentsMax) throw Failure("ERR", "there are " + std::to_string(kSegmentsMax) + " segments: no more are known");
    segments_.emplace_back();
  } else {
    number = free_segments_.back();
    free_segments_.pop_back();
  }
  segments_[number] = {node, std::string(shared_id), 1};
  segment_numbers_.emplace(key, number);
  return number;
}

void Directory::release_segment(uint32_t number) {
  Segment& segment = segments_[number];
  if (--segment.uses > 0) return;
  segment_numbers_.erase(key_of(segment.node, segment.shared_id));
  segment.shared_id.clear();
  free_segments_.push_back(number);
}

void Directory::count(const Cell& cell, const Record& record, int64_t by) {
  NodeCounts& counts = node_of(cell).counts;
  const auto change = static_cast<uint64_t>(by);
  switch (record.state) {
    case State::kClaimed: counts.claims += change; break;
    case State::kSealed:
      counts.variables += change;
      counts.bytes += change * record.length;
      break;
    case State::kRemoved: counts.tombstones += change; break;
    case State::kConflict: counts.conflicts += change; break;
  }
}

}  // namespace fabric::yp
