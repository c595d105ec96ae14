#pragma once
/// The crash-safe catalog. The descriptor array is the truth; everything else the server knows is rebuilt from it.
///
/// Commit rules, which hold at any instruction a kill -9 may strike:
///  - a change of one word commits by one release store of that word, after all it depends on was stored;
///  - a wider change goes through the redo record: stores listed, validated by one release store of its head, applied,
///    cleared; replayed at open. Applying twice is the same as once.
///  - payload copies are complete before either.
/// Every store has a name (store_points.h): what the accessors give out is constant.
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "failure.h"
#include "layout.h"
#include "object_names.h"
#include "shared_store.h"
#include "shm_object.h"
#include "vital_range.h"

namespace fabric {

struct CatalogLimits {
  uint64_t segments_max;
  uint64_t pins_max;
  uint64_t variables_max;
  uint64_t string_bytes_max;
};

/// What a descriptor says beside its word.
struct Filling {
  uint64_t offset = 0;
  uint64_t length = 0;
  uint64_t xid = 0;
  uint64_t strings = 0;
  uint16_t name_bytes = 0;
  uint16_t replicas = 0;
  uint32_t type_bytes = 0;
  uint32_t documentation_bytes = 0;
  uint64_t created_ms = 0;
};

/// One word of a descriptor to be stored by a redo.
struct WordStore {
  uint32_t entry;
  uint64_t layout::Descriptor::*field;
  uint64_t value;
};

class Catalog {
 public:
  /// LAYOUT when what is there is of another version, another node or another machine's shape.
  static Catalog open(const std::string& name, const std::string& node);
  static Catalog create(const std::string& name, const std::string& node, const CatalogLimits& limits, ObjectAccess access);
  /// False when it is absent or was never completely created; what `open` refuses is there.
  static bool usable(const std::string& name);

  const layout::Header& header() const { return *reinterpret_cast<const layout::Header*>(object_.data()); }
  std::span<const layout::SegmentRecord> segments() const;
  /// Those backed by memory.
  std::span<const layout::PinRecord> pins() const;
  std::span<const layout::Descriptor> descriptors() const;
  const layout::Descriptor& descriptor(uint32_t entry) const { return descriptors_[entry]; }
  const char* strings() const { return reinterpret_cast<const char*>(object_.data() + header().strings_offset); }

  /// Backs the next step of the region; false when it is at its maximum or memory is short.
  /// Why a region didn't grow: its limit is reached, or /dev/shm is full.
  Failure no_room(const char* item, const char* limit, uint64_t ready, uint64_t items_max) const;
  bool grow_pins();
  bool grow_descriptors();
  bool grow_strings(uint64_t bytes_needed);

  layout::Word word(uint32_t entry) const { return layout::unpack(load(descriptor(entry).word)); }
  /// Of name, type and documentation together.
  uint64_t string_bytes(uint32_t entry) const {
    const layout::Descriptor& d = descriptor(entry);
    return uint64_t{d.name_bytes} + d.type_bytes + d.documentation_bytes;
  }
  std::string_view name(uint32_t entry) const;
  std::string_view type(uint32_t entry) const;
  std::string_view documentation(uint32_t entry) const;

  /// Opens a descriptor for filling: readers see an odd sequence until `publish`.
  const layout::Descriptor& begin_fill(uint32_t entry);
  /// Fills a free one; still free until a commit of its word.
  void fill(uint32_t entry, const Filling& filling);
  /// Ends the filling; the store of the word is the commit.
  template <StorePoint point>
  void publish(uint32_t entry, layout::Word word) {
    store_shared<point>(descriptor(entry).word, layout::pack(word));
    end_change<StorePoint::sequence_ended>(descriptor(entry));
  }
  /// Commits a change of a published descriptor's word alone.
  template <StorePoint point>
  void commit(uint32_t entry, layout::Word word) {
    store_shared<point>(descriptor(entry).word, layout::pack(word));
  }
  /// Commits several words of several descriptors at once; at most `kRedoStoresMax`.
  void commit(std::span<const WordStore> stores);
  /// Sets flags; not a commit of its own, but it survives a crash.
  void set_flags(uint32_t entry, uint8_t flags);

  uint64_t next_xid();
  /// Replays a redo record that was cut short; true when there was one.
  bool replay();
  /// Makes odd sequences even again; returns how many there were.
  uint64_t repair_sequences();

  static uint64_t load(const uint64_t& word) { return __atomic_load_n(&word, __ATOMIC_ACQUIRE); }

  uint64_t backed_bytes() const;

 private:
  Catalog(ShmObject object, const std::string& name);
  const layout::RedoRecord& redo() const { return *reinterpret_cast<const layout::RedoRecord*>(object_.data() + header().redo_offset); }
  template <StorePoint applied, StorePoint cleared>
  void apply_redo();
  template <StorePoint point>
  bool grow(uint64_t region_offset, uint64_t item_bytes, const uint64_t& ready, uint64_t items_max, uint64_t bytes_min);

  static void begin_change(const layout::Descriptor& d) {
    store_shared<StorePoint::sequence_begun>(d.seq, d.seq | 1);
    __atomic_thread_fence(__ATOMIC_RELEASE);
  }
  template <StorePoint point>
  static void end_change(const layout::Descriptor& d) {
    store_shared<point>(d.seq, (d.seq | 1) + 1);
  }

  ShmObject object_;
  const layout::Descriptor* descriptors_;
  /// Its address stays, wherever the catalog is moved to.
  std::unique_ptr<VitalRange> vital_;
};

/// What a lock-free reader in another process copies out of a descriptor.
struct DescriptorCopy {
  layout::Word word;
  uint64_t offset;
  uint64_t length;
  uint64_t xid;
  uint32_t crc32c;
};

/// Copies under the sequence lock; false when the writer was busy for all of `attempts`.
bool read_descriptor(const layout::Descriptor& descriptor, DescriptorCopy& out, int attempts = 1000);

}  // namespace fabric
