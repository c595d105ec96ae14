#pragma once
#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace fabric {

/// A request; views into the chunk it was read from.
struct PlainRequest {
  /// The longest request that is answered here: FABRIC.INSERT name documentation type REPLACE BYTES payload.
  static constexpr unsigned kArgumentsMax = 7;

  std::array<std::string_view, kArgumentsMax> arguments;
  unsigned count;
  /// Bytes of the last argument. There may be fewer of them in the chunk: then nothing follows them in it.
  uint64_t last_bytes;

  bool whole() const { return arguments[count - 1].size() == last_bytes; }
};

/// Reads requests of a few arguments in the form all clients send, `*2\r\n$3\r\nGET\r\n$1\r\nx\r\n`. It judges nothing: whatever else comes,
/// malformed or only longer, is for the framer.
class RequestCursor {
 public:
  /// A last argument longer than `announced_bytes_min` may be read before all of it is there.
  RequestCursor(const uint8_t* bytes, size_t length, uint64_t announced_bytes_min)
      : begin_(reinterpret_cast<const char*>(bytes)), at_(begin_), end_(begin_ + length), announced_bytes_min_(announced_bytes_min) {}

  /// False when the next request isn't there or isn't of that form; the cursor then stays before it.
  bool next(PlainRequest& request);
  /// Bytes of the requests read so far.
  size_t position() const { return static_cast<size_t>(at_ - begin_); }
  /// `next` has said false for want of bytes: what there is may still become such a request.
  bool starved() const { return starved_; }

 private:
  bool header(const char*& at, uint64_t& length);
  bool argument(const char*& at, std::string_view& value);
  bool last(const char*& at, PlainRequest& request);

  const char* begin_;
  const char* at_;
  const char* end_;
  uint64_t announced_bytes_min_;
  bool starved_ = false;
};

}  // namespace fabric
