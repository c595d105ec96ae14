#pragma once
/// One node's variables in its shared memory: ties catalog, segments, index and pins together. Used by one thread; what
/// other threads do to payloads they do under a hold. Times are CLOCK_BOOTTIME milliseconds, passed in.
#include <deque>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "catalog.h"
#include "owner_lock.h"
#include "payload_access.h"
#include "pin_table.h"
#include "segment.h"
#include "slots.h"
#include "string_heap.h"
#include "variable_index.h"

namespace fabric {

class Compaction;

using Entry = uint32_t;

struct StoreOptions {
  std::string prefix;
  std::string node;
  std::string state_dir;
  CatalogLimits limits;
  uint64_t slots_max;
  ObjectAccess access;
  uint64_t quarantine_ms;
  uint64_t restart_grace_ms;
  Lingers lingers;
};

struct OpenReport {
  bool warm = false;
  bool redo_replayed = false;
  uint64_t variables = 0;
  uint64_t limbo = 0;
  uint64_t removed = 0;
  std::vector<std::string> stray_objects;
  /// Segments whose object was gone or damaged, and how many variables went with them.
  std::vector<std::string> lost_segments;
  uint64_t lost_variables = 0;
};

struct Strings {
  std::string_view name;
  std::string_view type;
  std::string_view documentation;
};

/// What a variable of a cluster comes with.
struct Origin {
  /// Of another node's variable, of which it is a copy; else it gets the next of this node.
  std::optional<uint64_t> xid = std::nullopt;
  /// Copies that are wanted, each on another node.
  uint16_t replicas = 1;
};

struct Location {
  const Segment* segment;
  uint64_t offset;
  uint64_t length;
  uint64_t xid;
  uint32_t generation;
};

struct Swept {
  uint64_t pins = 0;
  uint64_t reservations = 0;
  uint64_t extents = 0;
  bool more = false;
};

struct StoreCounts {
  uint64_t variables = 0;
  uint64_t reservations = 0;
  uint64_t reserved_bytes = 0;
  uint64_t limbo = 0;
  uint64_t limbo_bytes = 0;
  uint64_t removed = 0;
  uint64_t removed_bytes = 0;
};

/// A move under way: the copy runs elsewhere, `Store::finish_move` commits or drops it.
struct PendingMove {
  Entry entry;
  uint16_t to_segment;
  uint32_t to_node;
  uint64_t length;
  const uint8_t* from;
  uint8_t* to;
};

class Store final : public PayloadAccess {
 public:
  /// OWNED when another server has the node; LAYOUT when what is in shared memory can't be read.
  Store(const StoreOptions& options, uint64_t now_ms);
  ~Store() override;
  Store(const Store&) = delete;
  Store& operator=(const Store&) = delete;

  const OpenReport& report() const { return report_; }
  const ObjectNames& names() const { return names_; }
  const std::string& node() const { return options_.node; }
  bool in_restart_grace(uint64_t now_ms) const { return now_ms < grace_until_ms_; }

  /// Ids are of a higher epoch from now on, higher than `seen` too; it is on disk when this returns it.
  uint64_t raise_epoch_above(uint64_t seen);

  // --- segments
  /// The name of the next segment, never given again.
  uint32_t next_segment_number();
  const std::string& adopt_segment(std::string shared_id, uint32_t number, ShmObject object);
  /// INUSE, NOTFOUND.
  void drop_segment(std::string_view shared_id);
  const Segment& segment(std::string_view shared_id) const;
  template <class Visit>
  void each_segment(const Visit& visit) const {
    for (const auto& segment : segments_) {
      if (segment) visit(*segment);
    }
  }
  uint64_t largest_free() const;

  // --- finding
  std::optional<Entry> find(HashedName name);
  std::optional<Entry> find(std::string_view name) { return find(index_.hashed(name)); }
  HashedName hashed(std::string_view name) const { return index_.hashed(name); }
  /// Fetch, in this order and for many names at a time, the memory that `find` and `locate` will need.
  void prefetch(HashedName name) const { index_.prefetch(name); }
  std::optional<Entry> likely(HashedName name) { return index_.likely(name); }
  void prefetch_descriptor(Entry entry) const { __builtin_prefetch(&catalog_.descriptor(entry)); }
  void prefetch_name(Entry entry) const { __builtin_prefetch(catalog_.name(entry).data()); }
  std::optional<Entry> find_claim(std::string_view name);
  std::optional<Entry> find_xid(uint64_t xid);
  std::optional<Entry> find_at(std::string_view shared_id, uint64_t offset) const;
  /// Marks the extent exposed.
  Location locate(Entry entry);
  const Catalog& catalog() const { return catalog_; }
  /// ERR for a number that no live descriptor has.
  void check_entry(Entry entry) const;
  ObjectAccess access() const { return options_.access; }
  const Segment& segment_of(Entry entry) const { return *segments_[catalog_.word(entry).segment]; }
  uint32_t pins_of(Entry entry) const;
  /// Names of one stretch of the hash order, hidden ones left out; returns the next cursor, 0 at the end.
  template <class Visit>
  uint64_t scan(uint64_t cursor, const Visit& visit) const;
  std::optional<Entry> random();

  // --- writing
  Entry insert(const Strings& strings, const void* payload, uint64_t bytes, uint8_t flags, uint64_t now_ms);
  /// An owner of nothing is the server itself. EXISTS when the node has a copy of the origin's xid.
  Entry reserve(const Strings& strings, uint64_t length, uint8_t flags, std::optional<Owner> owner, uint64_t now_ms,
                const Origin& origin = {});
  void write(Entry entry, uint64_t offset, const void* bytes, uint64_t length);
  void seal(Entry entry, uint32_t crc32c, uint64_t now_ms);
  void abort(Entry entry, uint64_t now_ms);
  uint64_t remove(const std::vector<std::string_view>& names, uint64_t now_ms);
  /// False when no sealed variable has the xid.
  bool remove_xid(uint64_t xid, uint64_t now_ms);
  void read(Entry entry, uint64_t offset, void* to, uint64_t length);

  // --- veils: until unveiled or opened again, a sealed variable isn't found by its name, nor listed
  /// False when no sealed variable has the xid.
  bool veil(uint64_t xid);
  /// False when there is none, or its name is another's by now: then it stays veiled.
  bool unveil(uint64_t xid);
  void unveil_all();

  // --- pins
  uint64_t pin(Entry entry, Owner owner, uint64_t now_ms);
  std::optional<Entry> pinned(uint64_t token) const;
  /// Reader pins left on the variable. NOTFOUND.
  uint32_t unpin(uint64_t token, uint64_t now_ms);
  void renew(uint64_t token, uint64_t ms, uint64_t now_ms);
  void disconnected(uint64_t connection, uint64_t now_ms);
  Swept sweep(uint64_t budget, uint64_t now_ms);
  /// While held, no exposed extent is used again, not even one whose quarantine is over: somebody still hands out its address.
  void hold_quarantine(bool held) { quarantine_held_ = held; }

  // --- holds: like pins, but this process' own
  uint8_t* writable(Entry entry, uint64_t offset, uint64_t length) noexcept override;
  /// Of a reservation of the server's own too, which it has filled and not sealed yet: that is sent to other nodes.
  const uint8_t* hold(Entry entry, uint64_t offset, uint64_t length) noexcept override;
  void drop(Entry entry) noexcept override;
  /// Holds whatever state the entry is in.
  void hold(Entry entry) { use(entry); }
  bool held(Entry entry) const { return private_[entry].uses > 0; }
  std::shared_ptr<ShmObject> object_of(Entry entry) const { return segments_[catalog_.word(entry).segment]->object(); }
  /// Work on a held payload failed elsewhere: a segment that was truncated takes no more.
  void examine(Entry entry);
  /// To be asked when memory of the segment couldn't be accessed.
  [[noreturn]] void fail_damaged(uint16_t segment);

  // --- moving
  /// The next move that gains something in that segment, its source held. Nothing: there is none now, unless
  /// `more` says that only this slice of planning is over. `first`: another request to compact begins.
  std::optional<PendingMove> plan_move(std::string_view shared_id, bool first, bool& more);
  /// While closed, nothing new is placed in the segment, and `plan_evacuation` carries what is in it into others.
  void close_segment(std::string_view shared_id, bool closed);
  /// As `plan_move`; OOM when the other segments have no room.
  std::optional<PendingMove> plan_evacuation(std::string_view shared_id, bool& more);
  /// True when the move was committed.
  bool finish_move(const PendingMove& move, bool copied, uint64_t now_ms);

  StoreCounts counts() const { return counts_; }
  uint64_t pins() const { return pins_.readers(); }
  uint64_t used_string_bytes() const { return strings_.used_bytes(); }
  uint64_t entries() const { return catalog_.header().variables_ready - free_entries_.size(); }
  size_t private_bytes() const;

 private:
  struct Private {
    uint32_t node = kNoNode;
    /// Pins and holds.
    uint32_t uses = 0;
  };

  struct Closed {
    uint64_t connection;
    uint64_t at_ms;
  };

  Segment& segment_at(uint16_t index) const { return *segments_[index]; }
  uint64_t extent_of(Entry entry) const { return extent_bytes(catalog_.descriptor(entry).length); }
  layout::State state(Entry entry) const { return catalog_.word(entry).state; }
  bool hidden(Entry entry) const { return catalog_.word(entry).flags & layout::kHidden; }

  void attach(const StoreOptions& options, uint64_t now_ms);
  void attach_segments();
  void attach_entries(uint64_t now_ms);
  void remove_strays();
  Entry take_entry();
  /// An entry with its strings and extent, filled but still free to the catalog; `word` is what a commit begins from.
  struct Prepared {
    Entry entry;
    layout::Word word;
  };
  Prepared prepare(const Strings& strings, uint64_t length, const Origin& origin = {});
  /// ERR for what is no xid; EXISTS when a reservation or variable of the node has it.
  void check_copy(uint64_t xid);
  void undo(Entry entry);
  /// ERR for what is no name; EXISTS, saying whose it is; a sealed one may be replaced.
  void check_name(std::string_view name, bool replace);
  std::optional<Entry> sealed_of(uint64_t xid);
  /// False when it isn't veiled.
  bool lift_veil(Entry entry);
  std::optional<std::pair<uint16_t, Extent>> allocate(uint64_t length, Entry entry);
  [[noreturn]] void fail_full(uint64_t length) const;
  void count_sealed(Entry entry);
  void uncount_sealed(Entry entry);
  void uncount_reserved(Entry entry);
  void enter_limbo(Entry entry);
  void leave_limbo(Entry entry);
  void release_writer(Entry entry);
  void use(Entry entry);
  void unuse(Entry entry, uint64_t now_ms);
  /// The entry's state has just become REMOVED.
  void retire(Entry entry, uint64_t now_ms);
  void free_entry(Entry entry);
  /// Commits SEALED, and in the same the removal of whom it replaces.
  template <StorePoint point>
  void commit_sealed(Entry entry, layout::Word word, std::optional<Entry> former, uint64_t now_ms);
  void quarantine(Entry entry, uint64_t until_ms);
  void end_pin(PinTable::Index pin, uint64_t now_ms);
  /// Returns how many; fewer than `pins_max` when those were the last.
  uint64_t begin_lingers(const Closed& closed, uint64_t pins_max);
  void check_reserved(Entry entry, uint64_t offset, uint64_t length) const;
  bool movable(Entry entry) const;
  /// What the bytes are is settled as far as the server is concerned.
  bool readable(Entry entry) const;
  /// Waits out its quarantine and comes back by itself.
  bool leaving(Entry entry) const;
  uint16_t index_of(std::string_view shared_id) const;
  PendingMove begin_move(Entry entry, uint16_t to_segment, uint32_t to_node);

  ObjectNames names_;
  OwnerLock lock_;
  OwnerLock state_lock_;
  StoreOptions options_;
  OpenReport report_;
  Catalog catalog_;
  Slots slots_;
  StringHeap strings_;
  VariableIndex index_;
  PinTable pins_;
  std::vector<std::unique_ptr<Segment>> segments_;
  std::vector<std::unique_ptr<Compaction>> compactions_;
  std::vector<Private> private_;
  std::vector<Entry> free_entries_;
  struct Quarantined {
    uint64_t until_ms;
    Entry entry;
  };
  /// A heap, the soonest on top.
  std::vector<Quarantined> quarantine_;
  bool quarantine_held_ = false;
  /// Removed but still used: until when the quarantine would have lasted; 0: there is none.
  std::unordered_map<Entry, uint64_t> removed_in_use_;
  std::unordered_set<Entry> limbo_;
  /// Sealed, and not in the index of names, by name: in the catalog's strings, which stay as long as the entry.
  std::unordered_multimap<std::string_view, Entry> veiled_;
  std::unordered_map<Entry, uint32_t> reader_pins_;
  StoreCounts counts_;
  uint64_t grace_until_ms_ = 0;
  uint64_t slots_checked_ms_ = 0;
  /// Connections that had more pins than begin to linger at once.
  std::deque<Closed> closed_;
  size_t segment_cursor_ = 0;
  /// 32 bits, as the hashes.
  std::mt19937 draw_{std::random_device{}()};
};

template <class Visit>
uint64_t Store::scan(uint64_t cursor, const Visit& visit) const {
  const uint64_t next = index_.visit(cursor, [&](Entry entry) {
    if (state(entry) == layout::State::kSealed && !hidden(entry)) visit(entry);
  });
  return next >> 32 != 0 ? 0 : next;
}

}  // namespace fabric
