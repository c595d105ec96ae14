#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "extent_allocator.h"
#include "shm_object.h"

namespace fabric {

/// One shared-memory block: its object, the allocator of its extents, and what is counted per segment. Bytes are those of
/// extents (rounded payloads).
class Segment {
 public:
  Segment(std::string shared_id, uint32_t number, ShmObject object);

  const std::string& shared_id() const { return shared_id_; }
  uint32_t number() const { return number_; }
  uint8_t* data() const { return object_->data(); }
  uint64_t bytes() const { return object_->bytes(); }
  uint64_t inode() const { return object_->inode(); }
  bool intact() const { return object_->intact(); }
  /// Shared with work on other threads, which may outlive the segment's place in the node.
  const std::shared_ptr<ShmObject>& object() const { return object_; }
  ExtentAllocator& extents() { return extents_; }
  const ExtentAllocator& extents() const { return extents_; }

  /// Takes new variables: neither damaged nor being emptied.
  bool open() const { return !damaged && !evacuation; }
  std::optional<Extent> allocate(uint64_t payload_bytes, uint32_t owner);
  void release(uint32_t node);
  /// Takes part in `owner_at`: an extent that was allocated or rebuilt elsewhere.
  void note(uint32_t node);
  /// The owner of the extent that begins at `offset`.
  std::optional<uint32_t> owner_at(uint64_t offset) const;

  size_t metadata_bytes() const { return extents_.metadata_bytes() + first_in_window_.capacity() * sizeof(uint32_t); }

  uint64_t variables = 0;
  uint64_t limbo_bytes = 0;
  uint64_t quarantined_bytes = 0;
  uint64_t pinned_bytes = 0;
  /// Set when another process has truncated the object.
  bool damaged = false;

 private:
  /// A window is short enough to walk: at most 256 extents begin in it.
  static constexpr unsigned kWindowBits = 14;

  std::string shared_id_;
  uint32_t number_;
  std::shared_ptr<ShmObject> object_;
  ExtentAllocator extents_;
  /// Per window: the used extent of the lowest offset that begins in it, or kNoNode.
  std::vector<uint32_t> first_in_window_;

 public:
  /// Nothing new is placed here: its variables are carried elsewhere. The cursor is how far that has come; it goes before the
  /// extents do.
  std::unique_ptr<ExtentAllocator::Cursor> evacuation;
};

}  // namespace fabric
