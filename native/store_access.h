#pragma once
#include <memory>

#include "store.h"

namespace fabric {

/// A store's payload memory for as long as the store is open: it may be closed before the sockets are.
class StoreAccess final : public PayloadAccess {
 public:
  explicit StoreAccess(std::weak_ptr<Store> store) : store_(std::move(store)) {}

  bool is(const std::shared_ptr<Store>& store) const { return !store_.owner_before(store) && !store.owner_before(store_); }

  uint8_t* writable(uint32_t entry, uint64_t offset, uint64_t length) noexcept override;
  const uint8_t* hold(uint32_t entry, uint64_t offset, uint64_t length) noexcept override;
  void drop(uint32_t entry) noexcept override;

 private:
  std::weak_ptr<Store> store_;
};

}  // namespace fabric
