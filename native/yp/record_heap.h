#pragma once
/// Private memory for records of many sizes, found by 32-bit handles. Address space is reserved once, so nothing ever moves and
/// growing costs no copy; pages come when first touched.
#include <sys/mman.h>

#include <cstdint>

#include "string_heap.h"

namespace fabric {

class RecordHeap {
 public:
  /// Handles count in these; every place begins on one.
  static constexpr uint64_t kUnitBytes = 16;
  static constexpr uint64_t kBytesMax = kUnitBytes << 32;

  /// `bytes_max` is at most `kBytesMax`.
  explicit RecordHeap(uint64_t bytes_max);
  ~RecordHeap();
  RecordHeap(const RecordHeap&) = delete;
  RecordHeap& operator=(const RecordHeap&) = delete;

  /// OOM when the room is used up.
  uint32_t allocate(uint64_t bytes);
  void release(uint32_t handle, uint64_t bytes) { places_.release(handle * kUnitBytes, bytes); }
  void* at(uint32_t handle) const { return base_ + handle * kUnitBytes; }

  /// Memory that was ever handed out, and the books about it.
  uint64_t backed_bytes() const { return backed_bytes_ + places_.metadata_bytes(); }

 private:
  uint64_t grow(uint64_t bytes);

  uint64_t bytes_max_;
  uint8_t* base_;
  uint64_t backed_bytes_ = 0;
  StringHeap places_;
};

}  // namespace fabric
