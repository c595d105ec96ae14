#pragma once
#include <charconv>
#include <cstring>
#include <string>
#include <string_view>

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

/// LOCATE's reply: the placements of a variable that lies on one node.
inline void append_placements(const Location& at, std::string_view node, OutputQueue& output) {
  const std::string& shared_id = at.segment->shared_id();
  constexpr size_t kNumbers = 6;
  constexpr std::string_view kHead = "*1\r\n*6\r\n";
  ReplyLine line(output.room(kHead.size() + node.size() + shared_id.size() + 4 + kNumbers * ReplyLine::kNumberBytes));
  line.text(kHead).bulk(node).bulk(shared_id);
  line.number(':', at.offset).number(':', at.length).number(':', at.xid).number(':', at.generation);
  output.grow(line.bytes());
}

}  // namespace fabric
