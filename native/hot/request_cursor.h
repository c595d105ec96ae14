#pragma once
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fabric {

/// One request of one or two arguments; views into the chunk it was read from.
struct PlainRequest {
  std::string_view command;
  /// The second argument; `count` tells an absent one from an empty one.
  std::string_view argument;
  unsigned count;
};

/// Reads requests of one or two short arguments in the form all clients send, `*2\r\n$3\r\nGET\r\n$1\r\nx\r\n`. It judges nothing: whatever
/// else comes, malformed or only longer, is for the framer.
class RequestCursor {
 public:
  RequestCursor(const uint8_t* bytes, size_t length)
      : begin_(reinterpret_cast<const char*>(bytes)), at_(begin_), end_(begin_ + length) {}

  /// False when the next request isn't whole or isn't of that form; the cursor then stays before it.
  bool next(PlainRequest& request);
  /// Bytes of the requests read so far.
  size_t position() const { return static_cast<size_t>(at_ - begin_); }
  /// `next` has said false for want of bytes: what there is may still become such a request.
  bool starved() const { return starved_; }

 private:
  bool bulk(const char*& at, std::string_view& value);

  const char* begin_;
  const char* at_;
  const char* end_;
  bool starved_ = false;
};

}  // namespace fabric
