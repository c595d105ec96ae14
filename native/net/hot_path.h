#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "../failure.h"
#include "output_queue.h"
#include "sink.h"

namespace fabric {

/// A payload on its way into a reservation that the hot path has made.
struct HotBulk {
  uint32_t entry;
  uint64_t length;
  /// The bytes that came with the header, and their crc32c.
  uint64_t written;
  uint32_t crc32c;
  /// The reply is the variable's placements, else OK.
  bool placements;
  /// There is no reservation: the rest goes nowhere, and this is what the server is to answer.
  std::optional<Failure> refused = std::nullopt;
};

/// What the server and the hot path know of each other on one connection.
struct HotState {
  /// RESP version of the replies; 0: the server wants to see everything. The sockets set it to 0 whenever the server is
  /// handed bytes, and only the server, when nothing is under way there, sets it again.
  uint8_t protocol = 0;
  /// By which pins are known that end with the connection.
  uint64_t connection = 0;
  /// The latest command that was answered here, in the loop's milliseconds; nullptr: the server has seen a later one.
  const char* command = nullptr;
  uint64_t at_ms = 0;
  /// The request that isn't all there yet.
  std::optional<HotBulk> bulk;
  /// The last of the requests answered couldn't be: what the server is to answer it. Nothing behind it has been looked at.
  std::optional<Failure> refused;
};

/// Answers commands straight from a fresh chunk, before the server sees it.
class HotPath {
 public:
  struct Answered {
    /// Leading bytes it has answered; the rest goes to the server. All of them when a bulk has begun.
    size_t bytes = 0;
    /// The rest is the beginning of something that it might answer once it is whole.
    bool starved = false;
  };

  /// Stops when the output has more than `output_bytes_max` queued.
  virtual Answered answer(HotState& state, const uint8_t* bytes, size_t length, OutputQueue& output,
                          size_t output_bytes_max) = 0;
  /// Where the rest of the bulk goes.
  virtual Sink sink(const HotBulk& bulk) = 0;
  /// The bulk's bytes are all there, or couldn't be stored. Queues the reply, or says what the server is to answer.
  virtual std::optional<Failure> complete(HotState& state, uint32_t crc32c, bool stored, OutputQueue& output) = 0;
  /// The rest of the bulk won't come.
  virtual void abandon(HotState& state) = 0;
  /// Calls `visit(name)` for what has been sealed since the last call, if anybody waits for that.
  template <class Visit>
  void each_sealed(const Visit& visit) {
    for (const std::string& name : sealed_) visit(name);
    sealed_.clear();
  }

 protected:
  ~HotPath() = default;

  std::vector<std::string> sealed_;
};

}  // namespace fabric
