#include "segment.h"

namespace fabric {

Segment::Segment(std::string shared_id, uint32_t number, ShmObject object)
    : shared_id_(std::move(shared_id)),
      number_(number),
      object_(std::make_shared<ShmObject>(std::move(object))),
      extents_(object_->bytes()),
      first_in_window_((object_->bytes() >> kWindowBits) + 1, kNoNode) {}

std::optional<Extent> Segment::allocate(uint64_t payload_bytes, uint32_t owner) {
  if (!open()) return std::nullopt;
  const auto extent = extents_.allocate(payload_bytes, owner);
  if (extent) note(extent->node);
  return extent;
}

void Segment::note(uint32_t node) {
  uint32_t& first = first_in_window_[extents_.offset(node) >> kWindowBits];
  if (first == kNoNode || extents_.offset(node) < extents_.offset(first)) first = node;
}

void Segment::release(uint32_t node) {
  const uint64_t window = extents_.offset(node) >> kWindowBits;
  uint32_t& first = first_in_window_[window];
  if (first == node) {
    uint32_t next = extents_.next(node);
    while (next != kNoNode && extents_.is_free(next)) next = extents_.next(next);
    first = next != kNoNode && extents_.offset(next) >> kWindowBits == window ? next : kNoNode;
  }
  extents_.release(node);
}

std::optional<uint32_t> Segment::owner_at(uint64_t offset) const {
  if (offset >= bytes()) return std::nullopt;
  uint32_t node = first_in_window_[offset >> kWindowBits];
  while (node != kNoNode && extents_.offset(node) < offset) node = extents_.next(node);
  if (node == kNoNode || extents_.offset(node) != offset || extents_.is_free(node)) return std::nullopt;
  return extents_.owner(node);
}

}  // namespace fabric
