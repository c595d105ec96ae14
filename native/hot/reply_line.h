#pragma once
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "net/output_queue.h"
#include "store.h"

namespace fabric {

/// A reply under construction; its owner knows that it fits.
class ReplyLine {
 public:
  /// Kind, digits and line end.
  static constexpr size_t kNumberBytes = 23;

  explicit ReplyLine(uint8_t* to) : begin_(reinterpret_cast<char*>(to)), at_(begin_) {}

  ReplyLine& text(std::string_view value) {
    std::memcpy(at_, value.data(), value.size());
    at_ += value.size();
    return *this;
  }
  ReplyLine& number(char kind, uint64_t value) {
    *at_++ = kind;
    at_ = std::to_chars(at_, at_ + kNumberBytes, value).ptr;
    return text("\r\n");
  }
  ReplyLine& bulk(std::string_view value) { return number('$', value.size()).text(value).text("\r\n"); }
  /// The header of a map, which RESP2 has as an array.
  ReplyLine& map(uint64_t entries, uint8_t protocol) {
    return protocol == 3 ? number('%', entries) : number('*', 2 * entries);
  }
  /// A pin as clients have it.
  ReplyLine& pin(std::string_view node, uint64_t token) {
    constexpr size_t kDigits = 16;
    number('$', node.size() + 1 + kDigits).text(node).text(":");
    for (int shift = 60; shift >= 0; shift -= 4) *at_++ = "0123456789abcdef"[token >> shift & 15];
    return text("\r\n");
  }
  /// `fill(to)` says where what it has written ends.
  template <class Fill>
  ReplyLine& filled(const Fill& fill) {
    at_ = fill(at_);
    return *this;
  }
  size_t bytes() const { return static_cast<size_t>(at_ - begin_); }

 private:
  char* begin_;
  char* at_;
};

inline bool append_null(uint8_t protocol, OutputQueue& output) {
  output.append(protocol == 3 ? "_\r\n" : "$-1\r\n");
  return true;
}

inline void append_number(char kind, uint64_t value, OutputQueue& output) {
  output.grow(ReplyLine(output.room(ReplyLine::kNumberBytes)).number(kind, value).bytes());
}

struct Placement {
  std::string_view node;
  std::string_view shared_id;
  uint64_t offset;
  uint64_t length;
  uint64_t xid;
  uint64_t generation;

  /// What `add_placement` needs at most.
  size_t reply_bytes_max() const { return node.size() + shared_id.size() + 4 + 7 * ReplyLine::kNumberBytes; }
};

/// An item of LOCATE's reply.
inline void add_placement(const Placement& at, ReplyLine& line) {
  line.text("*6\r\n").bulk(at.node).bulk(at.shared_id);
  line.number(':', at.offset).number(':', at.length).number(':', at.xid).number(':', at.generation);
}

/// LOCATE's reply: the placements of a variable that lies on one node.
inline void append_placements(const Location& at, std::string_view node, OutputQueue& output) {
  const Placement placement = {node, at.segment->shared_id(), at.offset, at.length, at.xid, at.generation};
  ReplyLine line(output.room(placement.reply_bytes_max() + ReplyLine::kNumberBytes));
  line.text("*1\r\n");
  add_placement(placement, line);
  output.grow(line.bytes());
}

/// The same of a variable that lies on several.
inline std::string placements_reply(const std::vector<Placement>& placements) {
  size_t bytes_max = ReplyLine::kNumberBytes;
  for (const Placement& placement : placements) bytes_max += placement.reply_bytes_max();
  std::string reply(bytes_max, '\0');
  ReplyLine line(reinterpret_cast<uint8_t*>(reply.data()));
  line.number('*', placements.size());
  for (const Placement& placement : placements) add_placement(placement, line);
  reply.resize(line.bytes());
  return reply;
}

}  // namespace fabric
