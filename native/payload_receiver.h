#pragma once
#include <cstdint>
#include <string>

namespace fabric {

/// Another node, and what it is to be sent so that its last reply is a payload.
struct PayloadSource {
  std::string host;
  uint16_t port;
  /// Commands of RESP, as they are.
  std::string preamble;
  /// Short replies that come before the payload.
  uint32_t replies;
  uint64_t silence_ms;
};

/// Receives a payload of exactly `length` bytes into mapped memory and returns its crc32c. An error reply becomes a Failure of its code, if it
/// is one of ours, and its text; a null NOTFOUND. What the peer does wrong, its end or its silence is REMOTE; ERR when the memory was truncated
/// under us, or when `stop` became readable.
uint32_t receive_payload(const PayloadSource& source, uint8_t* payload, uint64_t length, int stop);

}  // namespace fabric
