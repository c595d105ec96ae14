#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

namespace fabric {

/// Keeps referenced bytes alive until they are sent; its destructor lets them go.
class Hold {
 public:
  virtual ~Hold() = default;
};

/// What waits to be sent on one connection: small replies gathered in owned blocks, large ones referenced in place.
class OutputQueue {
 public:
  enum class Sent {
    all,      ///< The queue is empty.
    some,     ///< The turn's share is sent; the socket takes more.
    blocked,  ///< The socket takes no more now.
    broken,   ///< The peer is gone, or referenced memory is no longer backed: the stream can't be continued.
  };

  /// Copies the bytes.
  void append(const uint8_t* data, size_t bytes);
  void append(std::string_view text) { append(reinterpret_cast<const uint8_t*>(text.data()), text.size()); }
  /// Room for that many bytes in one piece, which `grow` then adds, or some of them.
  uint8_t* room(size_t bytes);
  void grow(size_t bytes);
  /// References the bytes until they are sent or cleared.
  void append(const uint8_t* data, size_t bytes, std::unique_ptr<Hold> hold);
  /// Sends up to `bytes_max` with as few system calls as possible.
  Sent send(int fd, size_t bytes_max);
  void clear();

  bool empty() const { return bytes_ == 0; }
  /// Queued and not yet sent.
  size_t bytes() const { return bytes_; }

 private:
  struct Piece {
    const uint8_t* data;
    size_t bytes;
    std::unique_ptr<Hold> hold;
    /// Set for owned bytes; `room` is what the block can still take behind `data + bytes`.
    std::unique_ptr<uint8_t[]> block;
    size_t room;
  };

  void open_block(size_t bytes_min);
  void consume(size_t bytes);

  std::vector<Piece> pieces_;
  /// The first piece not yet sent whole.
  size_t first_ = 0;
  size_t bytes_ = 0;
};

}  // namespace fabric
