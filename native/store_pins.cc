#include <algorithm>

#include "compaction.h"
#include "failure.h"
#include "store.h"

namespace fabric {

using layout::State;
using layout::Word;

namespace {

/// Slots cost a system call each to look at.
constexpr uint64_t kSlotCheckMs = 200;
constexpr size_t kSlotsPerCheck = 256;
/// Of a closed connection; each takes about half a microsecond.
constexpr uint64_t kLingersAtOnce = 1000;

constexpr auto kLater = [](const auto& a, const auto& b) { return a.until_ms > b.until_ms; };

Failure unknown_pin() { return Failure("NOTFOUND", "no such pin: it was released, or its lease, linger or slot ended"); }

}  // namespace

uint64_t Store::pin(Entry entry, Owner owner, uint64_t now_ms) {
  if (entry >= private_.size() || state(entry) != State::kSealed) throw Failure("NOTFOUND", "no such variable any more");
  catalog_.set_flags(entry, layout::kExposed);
  const PinTable::Index pin = pins_.add(entry, layout::PinRole::kReader, owner, now_ms);
  use(entry);
  ++reader_pins_[entry];
  return pins_.token(pin);
}

std::optional<Entry> Store::pinned(uint64_t token) const {
  const auto pin = pins_.find(token);
  return pin && pins_.role(*pin) == layout::PinRole::kReader ? std::optional(pins_.entry(*pin)) : std::nullopt;
}

uint32_t Store::unpin(uint64_t token, uint64_t now_ms) {
  const auto pin = pins_.find(token);
  if (!pin || pins_.role(*pin) != layout::PinRole::kReader) throw unknown_pin();
  const Entry entry = pins_.entry(*pin);
  end_pin(*pin, now_ms);
  return pins_of(entry);
}

void Store::renew(uint64_t token, uint64_t ms, uint64_t now_ms) {
  const auto pin = pins_.find(token);
  if (!pin || pins_.role(*pin) != layout::PinRole::kReader) throw unknown_pin();
  pins_.renew(*pin, now_ms + ms);
}

void Store::end_pin(PinTable::Index pin, uint64_t now_ms) {
  const Entry entry = pins_.entry(pin);
  pins_.remove(pin);
  const auto count = reader_pins_.find(entry);
  if (--count->second == 0) reader_pins_.erase(count);
  unuse(entry, now_ms);
}

void Store::release_writer(Entry entry) {
  if (const auto writer = pins_.writer_of(entry)) pins_.remove(*writer);
}

void Store::disconnected(uint64_t connection, uint64_t now_ms) {
  const Closed closed = {connection, now_ms};
  if (begin_lingers(closed, kLingersAtOnce) == kLingersAtOnce) closed_.push_back(closed);
}

uint64_t Store::begin_lingers(const Closed& closed, uint64_t pins_max) {
  const auto pins = pins_.of_connection(closed.connection, pins_max);
  for (const PinTable::Index pin : pins) {
    pins_.linger(pin, closed.at_ms);
    if (pins_.role(pin) == layout::PinRole::kWriter) enter_limbo(pins_.entry(pin));
  }
  return pins.size();
}

void Store::enter_limbo(Entry entry) {
  if (!limbo_.insert(entry).second) return;
  ++counts_.limbo;
  counts_.limbo_bytes += extent_of(entry);
  segment_at(catalog_.word(entry).segment).limbo_bytes += extent_of(entry);
}

void Store::leave_limbo(Entry entry) {
  if (limbo_.erase(entry) == 0) return;
  --counts_.limbo;
  counts_.limbo_bytes -= extent_of(entry);
  segment_at(catalog_.word(entry).segment).limbo_bytes -= extent_of(entry);
}

void Store::use(Entry entry) {
  if (private_[entry].uses++ == 0) segment_at(catalog_.word(entry).segment).pinned_bytes += extent_of(entry);
}

void Store::unuse(Entry entry, uint64_t now_ms) {
  if (--private_[entry].uses != 0) return;
  segment_at(catalog_.word(entry).segment).pinned_bytes -= extent_of(entry);
  const auto removed = removed_in_use_.find(entry);
  if (removed == removed_in_use_.end()) return;
  const uint64_t until_ms = removed->second;
  removed_in_use_.erase(removed);
  const bool rests = until_ms > now_ms || (until_ms > 0 && quarantine_held_);
  if (rests) quarantine(entry, until_ms);
  else free_entry(entry);
}

void Store::quarantine(Entry entry, uint64_t until_ms) {
  quarantine_.push_back({until_ms, entry});
  std::push_heap(quarantine_.begin(), quarantine_.end(), kLater);
}

void Store::retire(Entry entry, uint64_t now_ms) {
  const Word word = catalog_.word(entry);
  if (catalog_.descriptor(entry).xid != 0) index_.remove_xid(entry);
  ++counts_.removed;
  counts_.removed_bytes += extent_of(entry);
  segment_at(word.segment).quarantined_bytes += extent_of(entry);
  const bool rests = (word.flags & layout::kExposed) && (options_.quarantine_ms > 0 || quarantine_held_);
  const uint64_t until_ms = rests ? now_ms + options_.quarantine_ms : 0;
  if (private_[entry].uses != 0) removed_in_use_[entry] = until_ms;
  else if (rests) quarantine(entry, until_ms);
  else free_entry(entry);
}

void Store::free_entry(Entry entry) {
  Segment& segment = segment_at(catalog_.word(entry).segment);
  --counts_.removed;
  counts_.removed_bytes -= extent_of(entry);
  segment.quarantined_bytes -= extent_of(entry);
  segment.release(private_[entry].node);
  const uint64_t string_bytes = catalog_.string_bytes(entry);
  if (string_bytes != 0) strings_.release(catalog_.descriptor(entry).strings, string_bytes);
  catalog_.commit<StorePoint::freed>(entry, {State::kFree, 0, 0, 0});
  private_[entry] = {};
  free_entries_.push_back(entry);
}

Swept Store::sweep(uint64_t budget, uint64_t now_ms) {
  Swept swept;
  const auto give_up = [&](PinTable::Index pin, bool provably) {
    const Entry entry = pins_.entry(pin);
    if (pins_.role(pin) == layout::PinRole::kReader) {
      end_pin(pin, now_ms);
      ++swept.pins;
      return;
    }
    // A writer that is provably dead writes no more: its extent needs no quarantine.
    if (provably) {
      Word word = catalog_.word(entry);
      word.flags &= static_cast<uint8_t>(~layout::kExposed);
      catalog_.commit<StorePoint::writer_died>(entry, word);
    }
    abort(entry, now_ms);
    ++swept.reservations;
  };
  uint64_t done = 0;
  while (done < budget && !closed_.empty()) {
    const uint64_t begun = begin_lingers(closed_.front(), budget - done);
    if (begun < budget - done) closed_.pop_front();
    done += begun;
  }
  if (now_ms - slots_checked_ms_ >= kSlotCheckMs) {
    const auto dead = pins_.of_dead_slots(kSlotsPerCheck, budget - done);
    for (const PinTable::Index pin : dead) give_up(pin, true);
    done += dead.size();
    // With the budget used up there may be more: the next call goes on.
    if (done < budget) slots_checked_ms_ = now_ms;
  }
  for (; done < budget; ++done) {
    const auto pin = pins_.due(now_ms);
    if (!pin) break;
    if (pins_.role(*pin) == layout::PinRole::kWriter && !pins_.lingering(*pin)) {
      pins_.linger(*pin, now_ms);
      enter_limbo(pins_.entry(*pin));
    } else {
      give_up(*pin, false);
    }
  }
  for (; done < budget && !quarantine_held_ && !quarantine_.empty() && quarantine_.front().until_ms <= now_ms; ++done) {
    const Entry entry = quarantine_.front().entry;
    std::pop_heap(quarantine_.begin(), quarantine_.end(), kLater);
    quarantine_.pop_back();
    free_entry(entry);
    ++swept.extents;
  }
  swept.more = done == budget;
  return swept;
}

// --- holds

bool Store::readable(Entry entry) const {
  const Word word = catalog_.word(entry);
  return word.state == State::kSealed || (word.state == State::kReserved && (word.flags & layout::kOwn));
}

uint8_t* Store::writable(Entry entry, uint64_t offset, uint64_t length) noexcept {
  if (entry >= private_.size() || state(entry) != State::kReserved) return nullptr;
  const layout::Descriptor& d = catalog_.descriptor(entry);
  if (offset > d.length || length > d.length - offset) return nullptr;
  return segment_at(catalog_.word(entry).segment).data() + d.offset + offset;
}

const uint8_t* Store::hold(Entry entry, uint64_t offset, uint64_t length) noexcept {
  if (entry >= private_.size() || !readable(entry)) return nullptr;
  const layout::Descriptor& d = catalog_.descriptor(entry);
  if (offset > d.length || length > d.length - offset) return nullptr;
  use(entry);
  return segment_at(catalog_.word(entry).segment).data() + d.offset + offset;
}

// Without the time at hand, an exposed extent waits for the next sweep.
void Store::drop(Entry entry) noexcept { unuse(entry, 0); }

}  // namespace fabric
