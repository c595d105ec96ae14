#include "store_access.h"

#include "../store_binding.h"

namespace fabric {

StoreAccess::StoreAccess(const Napi::Object& store) : store_(Napi::Persistent(store)) {}

bool StoreAccess::is(const Napi::Value& store) const {
  const Napi::HandleScope handles(store_.Env());
  return store_.Value().StrictEquals(store);
}

PayloadAccess* StoreAccess::open_store() const {
  const Napi::HandleScope handles(store_.Env());
  return payload_access(store_.Value());
}

uint8_t* StoreAccess::writable(uint32_t entry, uint64_t offset, uint64_t length) noexcept {
  PayloadAccess* store = open_store();
  return store != nullptr ? store->writable(entry, offset, length) : nullptr;
}

const uint8_t* StoreAccess::hold(uint32_t entry, uint64_t offset, uint64_t length) noexcept {
  PayloadAccess* store = open_store();
  return store != nullptr ? store->hold(entry, offset, length) : nullptr;
}

void StoreAccess::drop(uint32_t entry) noexcept {
  if (PayloadAccess* store = open_store()) store->drop(entry);
}

}  // namespace fabric
