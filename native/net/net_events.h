#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

namespace fabric {

/// What the sockets tell the server; NetCallbacks of src/native.ts. Always called from the loop, never from inside a
/// call of the server's.
class NetEvents {
 public:
  virtual void accept(uint64_t connection, uint32_t listener, const std::string& remote) = 0;
  virtual void data(uint64_t connection, const uint8_t* bytes, size_t length) = 0;
  virtual void sunk(uint64_t connection, uint32_t crc32c) = 0;
  virtual void sink_failed(uint64_t connection) = 0;
  virtual void end(uint64_t connection) = 0;
  virtual void drain(uint64_t connection) = 0;
  virtual void closed(uint64_t connection) = 0;
  /// Lets the server do what it has put off during the events since the last finish: what it writes then is part of
  /// the same turn.
  virtual void finish() = 0;

 protected:
  ~NetEvents() = default;
};

}  // namespace fabric
