#include "yp/record_heap.h"

#include <algorithm>

#include "failure.h"

namespace fabric {

namespace {

constexpr uint64_t kGrowthBytes = 1 << 20;

uint8_t* reserve(uint64_t bytes) {
  // No access, so that the reservation counts against no limit of committed memory.
  void* memory = ::mmap(nullptr, bytes, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) throw system_failure("cannot reserve address space");
  return static_cast<uint8_t*>(memory);
}

}  // namespace

RecordHeap::RecordHeap(uint64_t bytes_max)
    : bytes_max_(bytes_max), base_(reserve(bytes_max)), places_(0, [this](uint64_t bytes) { return grow(bytes); }) {}

RecordHeap::~RecordHeap() { ::munmap(base_, bytes_max_); }

uint32_t RecordHeap::allocate(uint64_t bytes) {
  const auto offset = places_.allocate(bytes);
  if (!offset) {
    throw Failure("OOM", "the yellow pages are full at " + std::to_string(backed_bytes_ >> 20) +
                             " MiB: delete variables, or give the coordinator more memory");
  }
  return static_cast<uint32_t>(*offset / kUnitBytes);
}

uint64_t RecordHeap::grow(uint64_t bytes) {
  const uint64_t wanted = std::min(std::max(bytes, kGrowthBytes), bytes_max_ - backed_bytes_);
  if (wanted < bytes || ::mprotect(base_ + backed_bytes_, wanted, PROT_READ | PROT_WRITE) != 0) return backed_bytes_;
  return backed_bytes_ += wanted;
}

}  // namespace fabric
