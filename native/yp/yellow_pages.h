#pragma once
/// The coordinator's yellow pages: which variables there are in the cluster, and where. The union of the nodes' inventories,
/// in private memory; what is lost with the process is asked for again. Used by one thread. Times are milliseconds of the
/// caller's clock.
///
/// A name is *published* once at most, as a claim or as a sealed variable. Beside it stand, found by name and xid, tombstones of
/// former values and conflicts: values of the same name that turned up later.
#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "probe_table.h"
#include "siphash.h"
#include "yp/directory.h"
#include "yp/record_heap.h"
#include "yp/yp_record.h"

namespace fabric::yp {

/// Where a copy lies, in the words of its node.
struct Place {
  std::string_view node;
  std::string_view shared_id;
  uint64_t offset;
  uint32_t generation;
};

struct Content {
  uint64_t length;
  uint32_t crc32c;
  /// Copies that are wanted; 0 is 1, and more than kPlacementsMax are that.
  uint32_t replicas = 1;

  uint16_t wanted() const { return static_cast<uint16_t>(std::clamp<uint32_t>(replicas, 1, kPlacementsMax)); }
};

/// What became of a copy that a node told of.
enum class Adopted : uint8_t {
  kPublished,  ///< it is there now, or was already
  kConflict,   ///< the name is another variable's: kept, not published
  kRefused,    ///< its length or checksum is not that of the other copies of its xid, or there are too many: not kept
  kRemoved,    ///< it was deleted: the node is to remove it and to acknowledge
};

/// A name with its hash; for looking up many at a time.
struct Hashed {
  std::string_view name;
  uint64_t hash;
};

class YellowPages {
 public:
  explicit YellowPages(uint64_t bytes_max = RecordHeap::kBytesMax);

  // --- finding
  Hashed hashed(std::string_view name) const { return {name, siphash13(key_, name)}; }
  /// Fetches, for many names at a time, the memory that `published` will need first.
  void prefetch(Hashed name) const { names_.prefetch(name_hash(name)); }
  /// The claim or sealed variable of that name; valid until the next change.
  const Record* published(Hashed name);
  const Record* published(std::string_view name) { return published(hashed(name)); }
  /// Of whatever state.
  const Record* find(std::string_view name, uint64_t xid);
  template <class Visit>
  void each_place(const Record& record, const Visit& visit) const {
    for (const Cell& cell : Cells(*this, record)) {
      const Directory::Segment& segment = directory_.segment_at(cell.segment());
      visit(Place{directory_.nodes()[segment.node].name, segment.shared_id, cell.offset, cell.generation});
    }
  }

  // --- writing a variable
  /// Promises the name until the deadline; again by the same xid: until the new one. EXISTS; STALE for an xid that a tombstone or
  /// conflict of the name has.
  void claim(std::string_view name, uint64_t xid, std::string_view node, uint64_t deadline_ms, uint64_t now_ms);
  /// False when the claim has lapsed or was given up.
  bool renew(std::string_view name, uint64_t xid, uint64_t deadline_ms, uint64_t now_ms);
  /// Gives a claim up; false when there is none of that xid.
  bool withdraw(std::string_view name, uint64_t xid);
  /// Publishes what was claimed. Again by the same xid: adds the places. False when the claim has lapsed or was given up.
  bool commit(std::string_view name, uint64_t xid, Content content, std::span<const Place> places, uint64_t now_ms);
  /// Publishes in place of a sealed variable, which becomes a tombstone, or of none. `former` is the xid that it must have, or none
  /// to replace whatever there is. False on another one. EXISTS while the name is claimed.
  bool replace(std::string_view name, uint64_t xid, Content content, std::span<const Place> places, std::optional<uint64_t> former,
               uint64_t now_ms);

  // --- copies
  /// A further copy, or a newer account of a known one. False when there is no such variable. ERR beyond the most copies.
  bool add_place(std::string_view name, uint64_t xid, const Place& place);
  /// The node has moved its copy. False when it has none, or a newer generation of it is known.
  bool move_place(std::string_view name, uint64_t xid, const Place& place);
  /// The copies left, with none of which the variable is gone; nothing when the node had none.
  std::optional<uint32_t> remove_place(std::string_view name, uint64_t xid, std::string_view node);

  // --- deleting
  /// The sealed variable becomes a tombstone that waits for its holders; with an xid only that one, also a conflict.
  bool remove(std::string_view name, std::optional<uint64_t> xid);
  /// The node has removed its copy: how many others have not, or nothing when it wasn't waited for.
  std::optional<uint32_t> acknowledge(std::string_view name, uint64_t xid, std::string_view node);
  /// A conflict takes its name, which is free. False when there is no such conflict; EXISTS.
  bool publish(std::string_view name, uint64_t xid);

  // --- inventories
  /// From here on the node tells anew what it has.
  void begin_inventory(std::string_view node);
  /// Taking a copy in: `segment` is retained by the caller.
  Adopted adopt(Hashed name, uint64_t xid, Content content, uint32_t segment, uint64_t offset, uint32_t generation);
  Directory& directory() { return directory_; }
  const Directory& directory() const { return directory_; }

  // --- in steps: `cursor` is 0 at first, the cursor returned is 0 at the end
  /// Sealed variables of one stretch of the hash order: whatever is there throughout is seen.
  template <class Visit>
  uint64_t scan(uint64_t cursor, const Visit& visit) const {
    const uint64_t next = names_.visit(cursor, [&](const Slot& slot) {
      if (record(slot).state == State::kSealed) visit(record(slot));
    });
    return next >> 32 != 0 ? 0 : next;
  }
  /// Tombstones and conflicts.
  template <class Visit>
  uint64_t scan_unpublished(uint64_t cursor, const Visit& visit) const {
    const uint64_t next = unpublished_.visit(cursor, [&](const Slot& slot) { visit(record(slot)); });
    return next >> 32 != 0 ? 0 : next;
  }
  /// Takes away all that the node has; with `unconfirmed_only`, what its latest inventory did not tell of. At most some
  /// `budget` variables are looked at.
  uint64_t drop(std::string_view node, bool unconfirmed_only, uint64_t cursor, uint64_t budget);
  /// Takes away claims that have lapsed.
  uint64_t lapse(uint64_t cursor, uint64_t budget, uint64_t now_ms);

  /// Sealed ones.
  uint64_t variables() const { return counts_[static_cast<size_t>(State::kSealed)]; }
  uint64_t count(State state) const { return counts_[static_cast<size_t>(state)]; }
  /// Private memory: what was ever taken for tables and records.
  uint64_t bytes() const { return names_.bytes() + unpublished_.bytes() + records_.backed_bytes(); }

 private:
  using Handle = uint32_t;
  /// `place` is the record's handle plus one, 0 when empty.
  struct Slot {
    uint32_t hash;
    uint32_t place;
  };
  struct SlotPolicy {
    using Entry = Slot;
    bool empty(const Slot& slot) const { return slot.place == 0; }
    uint32_t hash(const Slot& slot) const { return slot.hash; }
  };
  /// A record's cells, to be read or to be changed and set again.
  class Cells {
   public:
    Cells() = default;
    Cells(const YellowPages& pages, const Record& record);
    const Cell* begin() const { return cells_.data(); }
    const Cell* end() const { return cells_.data() + count_; }
    uint32_t count() const { return count_; }
    Cell& operator[](uint32_t i) { return cells_[i]; }
    void push(Cell cell) { cells_[count_++] = cell; }
    void erase(uint32_t i);
    std::optional<uint32_t> of_node(const YellowPages& pages, uint32_t node) const;

   private:
    std::array<Cell, kPlacementsMax> cells_;
    uint32_t count_ = 0;
  };

  Record& at(Handle handle) const { return *static_cast<Record*>(records_.at(handle)); }
  Record& record(const Slot& slot) const { return at(slot.place - 1); }
  static uint32_t name_hash(Hashed name) { return static_cast<uint32_t>(name.hash >> 32); }
  /// By name and xid: however many there are of a name, they don't pile up in one place.
  static uint32_t version_hash(Hashed name, uint64_t xid) {
    return static_cast<uint32_t>(((name.hash ^ xid) * 0x9e3779b97f4a7c15) >> 32);
  }

  std::optional<Handle> find_published(Hashed name);
  std::optional<Handle> find_unpublished(Hashed name, uint64_t xid);
  std::optional<Handle> find_version(Hashed name, uint64_t xid);
  static bool is_live_claim(const Record& record, uint64_t xid, uint64_t now_ms);
  std::optional<Handle> live_claim(Hashed name, uint64_t xid, uint64_t now_ms);
  Handle create(Hashed name, uint64_t xid, Content content, State state, const Cells& cells);
  void erase(Handle handle);
  void enlist(Handle handle, Hashed name);
  void delist(Handle handle, Hashed name, State state);
  /// Moves the record to the table of its new state.
  void change_state(Handle handle, State state);
  /// Sets the cells, whose segments the caller has retained; those of the former ones are released. None: the record is erased.
  void set_cells(Handle handle, const Cells& cells);
  void free_more(const Record& record);
  void count_cells(const Record& record, int64_t by);
  /// Its segment is retained for the caller. ERR for one without a name.
  Cell cell_of(const Place& place);
  /// That of a claim may be without.
  Cell cell_in(const Place& place);
  Cells cells_of(std::span<const Place> places);
  void retain(const Cells& cells);
  void discard(const Cells& cells);
  /// Adds the cell, or updates that of its node; false, with the cell still the caller's, when there are too many.
  bool merge(Handle handle, Cell cell);
  void seal_claim(Handle handle, Content content, const Cells& cells);
  std::optional<uint32_t> take_cell(std::optional<Handle> found, std::string_view node);
  void check_new(std::string_view name, uint64_t xid) const;
  template <class Visit>
  uint64_t walk(uint64_t cursor, uint64_t budget, const Visit& visit);

  HashKey key_;
  RecordHeap records_;
  Directory directory_;
  ProbeTable<SlotPolicy> names_;
  ProbeTable<SlotPolicy> unpublished_;
  std::array<uint64_t, 5> counts_{};
  std::vector<Handle> walked_;
};

}  // namespace fabric::yp
