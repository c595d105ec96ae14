#pragma once
#include <cstdint>
#include <span>

#include "../payload_access.h"

namespace fabric {

/// A bulk on its way in: straight into a reservation's memory, or nowhere.
class Sink {
 public:
  enum class Progress {
    more,    ///< Something arrived, or nothing was there.
    whole,   ///< The last byte has arrived.
    failed,  ///< The memory is unusable; the rest goes nowhere.
    ended,   ///< The peer closed its sending side.
    broken,  ///< The socket failed.
  };

  /// Into `length` bytes at `offset` of the reservation; `crc32c` is that of the payload before them.
  Sink(PayloadAccess& access, uint32_t entry, uint64_t offset, uint64_t length, uint32_t crc32c);
  /// Nowhere.
  explicit Sink(uint64_t length) : remaining_(length) {}

  /// Takes one turn's share from the socket; `scratch` is for bytes that go nowhere.
  Progress receive(int fd, std::span<uint8_t> scratch);
  bool whole() const { return remaining_ == 0; }
  /// Bytes still to come.
  uint64_t remaining() const { return remaining_; }
  /// Of what lies in the reservation; 0 for a bulk that went nowhere.
  uint32_t crc32c() const { return crc32c_; }

 private:
  Progress receive_into_memory(int fd);
  Progress receive_nowhere(int fd, std::span<uint8_t> scratch);
  Progress fail();

  PayloadAccess* access_ = nullptr;
  uint32_t entry_ = 0;
  uint32_t crc32c_ = 0;
  uint64_t offset_ = 0;
  uint64_t remaining_;
};

}  // namespace fabric
