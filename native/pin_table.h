#pragma once
/// Pins and reservations' owners: who keeps a variable's memory, and until when. The records stand in the catalog; lingering,
/// deadlines and connections are the server's own and begin anew after a restart.
#include <cstdint>
#include <optional>
#include <set>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

#include "catalog.h"
#include "slots.h"

namespace fabric {

/// `value`: the connection's number, the lease's milliseconds, or the slot's index.
struct Owner {
  layout::OwnerKind kind;
  uint64_t value;
};

struct Lingers {
  uint64_t reader_ms;
  uint64_t writer_ms;
};

class PinTable {
 public:
  using Index = uint32_t;

  PinTable(Catalog& catalog, const Slots& slots, Lingers lingers);

  /// ERR for a slot that nobody holds; OOM when the table is full.
  Index add(uint32_t entry, layout::PinRole role, Owner owner, uint64_t now_ms);
  void remove(Index pin);
  /// Lives by a lease from now on.
  void renew(Index pin, uint64_t deadline_ms);

  std::optional<Index> find(uint64_t token) const;
  /// The pin that stands for a reservation's writer.
  std::optional<Index> writer_of(uint32_t entry) const;
  uint64_t token(Index pin) const { return record(pin).token; }
  uint32_t entry(Index pin) const { return static_cast<uint32_t>(record(pin).word >> 32); }
  layout::PinRole role(Index pin) const { return static_cast<layout::PinRole>(record(pin).word & 0xff); }
  layout::OwnerKind kind(Index pin) const { return static_cast<layout::OwnerKind>(record(pin).word >> 8 & 0xff); }
  bool lingering(Index pin) const { return private_[pin].lingering; }
  /// The end of its lease or linger; 0 for none.
  uint64_t deadline_ms(Index pin) const { return private_[pin].deadline_ms; }

  /// Ends in the linger of its role.
  void linger(Index pin, uint64_t now_ms);
  /// At most `pins_max` of them.
  std::vector<Index> of_connection(uint64_t connection, size_t pins_max) const;
  /// At most `pins_max` pins of slots whose lock is gone or has another holder; looks at `slots_max` slots at most, from where
  /// the last call ended.
  std::vector<Index> of_dead_slots(size_t slots_max, size_t pins_max);
  /// A pin whose deadline has passed; it is still there.
  std::optional<Index> due(uint64_t now_ms) const;

  /// Takes what the catalog holds after a restart: `live(entry)` says whether the record still means something. Returns all kept.
  template <class Live>
  std::vector<Index> recover(uint64_t now_ms, const Live& live);

  uint64_t readers() const { return readers_; }
  size_t bytes() const;

 private:
  struct Private {
    uint64_t deadline_ms = 0;
    uint64_t connection = 0;
    bool lingering = false;
  };

  const layout::PinRecord& record(Index pin) const { return catalog_.pins()[pin]; }
  void adopt(Index pin);
  void set_deadline(Index pin, uint64_t deadline_ms);
  void detach(Index pin);
  uint64_t fresh_token() const;

  Catalog& catalog_;
  const Slots& slots_;
  Lingers lingers_;
  std::vector<Private> private_;
  std::vector<Index> free_;
  std::unordered_map<uint64_t, Index> by_token_;
  std::unordered_map<uint32_t, Index> writers_;
  std::unordered_map<uint64_t, std::unordered_set<Index>> by_connection_;
  std::unordered_map<uint32_t, std::unordered_set<Index>> by_slot_;
  uint32_t slot_cursor_ = 0;
  std::set<std::pair<uint64_t, Index>> deadlines_;
  uint64_t readers_ = 0;
};

template <class Live>
std::vector<PinTable::Index> PinTable::recover(uint64_t now_ms, const Live& live) {
  const auto records = catalog_.pins();
  private_.assign(records.size(), {});
  std::vector<Index> kept;
  for (Index pin = static_cast<Index>(records.size()); pin-- > 0;) {
    if (records[pin].word == 0) {
      free_.push_back(pin);
    } else if (!live(entry(pin), role(pin))) {
      store_shared<StorePoint::pin_stale>(records[pin].word, 0);
      free_.push_back(pin);
    } else {
      adopt(pin);
      // A connection's number means nothing to this process.
      if (kind(pin) == layout::OwnerKind::kConnection) linger(pin, now_ms);
      if (kind(pin) == layout::OwnerKind::kLease) set_deadline(pin, records[pin].deadline_ms);
      kept.push_back(pin);
    }
  }
  return kept;
}

}  // namespace fabric
