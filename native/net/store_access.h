#pragma once
#include <napi.h>

#include "../payload_access.h"

namespace fabric {

/// A store's payload memory for as long as the store is open: it may be closed before the sockets are.
class StoreAccess final : public PayloadAccess {
 public:
  explicit StoreAccess(const Napi::Object& store);

  bool is(const Napi::Value& store) const;

  uint8_t* writable(uint32_t entry, uint64_t offset, uint64_t length) noexcept override;
  const uint8_t* hold(uint32_t entry, uint64_t offset, uint64_t length) noexcept override;
  void drop(uint32_t entry) noexcept override;

 private:
  /// nullptr once it is closed.
  PayloadAccess* open_store() const;

  Napi::ObjectReference store_;
};

}  // namespace fabric
