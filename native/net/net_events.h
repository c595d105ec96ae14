#pragma once
#include <cstddef>
#include <cstdint>
#include <string>

#include "../failure.h"

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
  /// A bulk that the hot path took couldn't be stored: the server is to say so.
  virtual void refused(uint64_t connection, const Failure& failure) = 0;
  /// The hot path, since switched off, is through with the bulk it had begun.
  virtual void idle(uint64_t connection) = 0;
  /// The hot path has sealed a variable, while somebody waited for names.
  virtual void sealed(const std::string& name) = 0;
  /// Lets the server do what it has put off during the events since the last finish: what it writes then is part of
  /// the same turn.
  virtual void finish() = 0;

 protected:
  ~NetEvents() = default;
};

}  // namespace fabric
