#pragma once
#include <cstddef>
#include <cstdint>

#include "output_queue.h"

namespace fabric {

/// What the server and the hot path know of each other on one connection.
struct HotState {
  /// RESP version of the replies; 0: the server wants to see everything. The sockets set it to 0 whenever the server is
  /// handed bytes, and only the server, when nothing is under way there, sets it again.
  uint8_t protocol = 0;
  /// The latest command that was answered here, in the loop's milliseconds; nullptr: the server has seen a later one.
  const char* command = nullptr;
  uint64_t at_ms = 0;
};

/// Answers commands straight from a fresh chunk, before the server sees it.
class HotPath {
 public:
  struct Answered {
    /// Leading bytes it has answered; the rest goes to the server.
    size_t bytes = 0;
    /// The rest is the beginning of something that it might answer once it is whole.
    bool starved = false;
  };

  /// Stops when the output has more than `output_bytes_max` queued.
  virtual Answered answer(HotState& state, const uint8_t* bytes, size_t length, OutputQueue& output,
                          size_t output_bytes_max) = 0;

 protected:
  ~HotPath() = default;
};

}  // namespace fabric
