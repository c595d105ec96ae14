#pragma once
#include <cstdint>

namespace fabric {

/// Payload memory of a store, as the socket layer needs it. Pointers stay valid while the entry is held / reserved.
class PayloadAccess {
 public:
  virtual ~PayloadAccess() = default;
  /// Memory of a reservation's payload; nullptr when entry isn't a reservation or the range is out of bounds.
  virtual uint8_t* writable(uint32_t entry, uint64_t offset, uint64_t length) noexcept = 0;
  /// Memory of a payload that is sealed, or in a reservation of the server's own, held (neither moved nor reused) until drop(), also when it
  /// is removed or aborted meanwhile; nullptr for others, and out of bounds.
  virtual const uint8_t* hold(uint32_t entry, uint64_t offset, uint64_t length) noexcept = 0;
  virtual void drop(uint32_t entry) noexcept = 0;
};

}  // namespace fabric
