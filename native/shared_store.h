#pragma once
/// The only way to write to the catalog: its accessors give out constant memory, so that a store which names no point of
/// store_points.h doesn't compile. Commits are release stores: what they make true was stored before.
#include <cstring>
#include <type_traits>

#include "crash_points.h"
#include "store_points.h"

namespace fabric {

template <StorePoint point, class Field>
inline void store_shared(const Field& field, std::type_identity_t<Field> value) {
  if (!crash_points::before(point)) return;
  __atomic_store_n(const_cast<Field*>(&field), value, is_commit(point) ? __ATOMIC_RELEASE : __ATOMIC_RELAXED);
  crash_points::after(point);
}

template <StorePoint point>
inline void store_shared_bytes(const void* to, const void* from, size_t bytes) {
  static_assert(!is_commit(point), "a commit is one word");
  if (!crash_points::before(point)) return;
  std::memcpy(const_cast<void*>(to), from, bytes);
  crash_points::after(point);
}

}  // namespace fabric
