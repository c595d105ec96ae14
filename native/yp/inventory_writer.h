#pragma once
#include <cstdint>
#include <span>

#include "store.h"
#include "yp/inventory_format.h"

namespace fabric::yp {

struct InventoryStep {
  size_t bytes;
  uint32_t records;
  /// 0 when this was the last.
  uint32_t next;
};

/// Writes one batch from `cursor` on (0 at first) into the buffer of `kBatchBytesMin` bytes or more. A variable that is there from
/// the first batch to the last is told once. Bounded work: a batch may be short, or empty, and not the last. What is told is
/// exposed: others will hand its address out. ERR for a buffer that is too small.
InventoryStep write_inventory(Store& store, uint32_t cursor, std::span<uint8_t> buffer);

}  // namespace fabric::yp
