#include "store_access.h"

namespace fabric {

uint8_t* StoreAccess::writable(uint32_t entry, uint64_t offset, uint64_t length) noexcept {
  const auto store = store_.lock();
  return store ? store->writable(entry, offset, length) : nullptr;
}

const uint8_t* StoreAccess::hold(uint32_t entry, uint64_t offset, uint64_t length) noexcept {
  const auto store = store_.lock();
  return store ? store->hold(entry, offset, length) : nullptr;
}

void StoreAccess::drop(uint32_t entry) noexcept {
  if (const auto store = store_.lock()) store->drop(entry);
}

}  // namespace fabric
