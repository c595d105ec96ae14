#pragma once
#include <netdb.h>

#include <cstdint>
#include <string>
#include <string_view>

#include "failure.h"
#include "file_handle.h"

namespace fabric {

/// A TCP connection to another node, for a thread that waits. Every wait ends when the peer was silent for `silence_ms` (REMOTE), or when
/// `stop` becomes readable (ERR). What fails is REMOTE and names the peer and the cause.
class PeerSocket {
 public:
  PeerSocket(const std::string& host, uint16_t port, uint64_t silence_ms, int stop);

  void send(std::string_view bytes);
  /// Some bytes, at most so many; 0: the peer has closed. Bytes may be shared memory: false when that was truncated.
  bool receive(uint8_t* to, size_t bytes_max, size_t& received);
  /// The next waits end only when so many bytes are there: fewer, larger reads.
  void wait_for_bytes(size_t bytes);

  Failure failure(const std::string& cause) const { return Failure("REMOTE", peer_ + ": " + cause); }

 private:
  /// False: an address didn't answer, which `errno` explains.
  bool connect(const addrinfo& address);
  /// False when nothing happened for too long.
  bool wait(short events);
  Failure silent() const;

  const std::string peer_;
  const uint64_t silence_ms_;
  const int stop_;
  FileHandle socket_;
  size_t awaited_ = 1;
};

}  // namespace fabric
