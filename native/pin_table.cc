#include "pin_table.h"

#include <sys/random.h>

#include <algorithm>

#include "failure.h"

namespace fabric {

using layout::OwnerKind;
using layout::PinRecord;
using layout::PinRole;

PinTable::PinTable(Catalog& catalog, const Slots& slots, Lingers lingers) : catalog_(catalog), slots_(slots), lingers_(lingers) {}

uint64_t PinTable::fresh_token() const {
  uint64_t token = 0;
  do {
    if (::getrandom(&token, sizeof token, 0) != sizeof token) throw system_failure("cannot draw random bits");
  } while (token == 0 || by_token_.contains(token));
  return token;
}

PinTable::Index PinTable::add(uint32_t entry, PinRole role, Owner owner, uint64_t now_ms) {
  uint64_t incarnation = 0;
  if (owner.kind == OwnerKind::kSlot) {
    if (owner.value >= slots_.count()) {
      throw Failure("ERR", "SLOT is 0 to " + std::to_string(slots_.count() - 1) + ", got " + std::to_string(owner.value));
    }
    const auto slot = static_cast<uint32_t>(owner.value);
    if (!slots_.held(slot)) {
      throw Failure("ERR", "no process holds slot " + std::to_string(slot) +
                               "; lock its byte in the slots object first (OFD lock), or leave SLOT out");
    }
    incarnation = slots_.incarnation(slot);
  }
  const uint64_t token = fresh_token();
  if (free_.empty()) {
    const size_t before = private_.size();
    if (!catalog_.grow_pins()) throw catalog_.no_room("pin", "pins_max", before, catalog_.header().pins_max);
    private_.resize(catalog_.pins().size());
    for (size_t i = private_.size(); i-- > before;) free_.push_back(static_cast<Index>(i));
  }
  const Index pin = free_.back();
  free_.pop_back();
  const PinRecord& r = record(pin);
  store_shared<StorePoint::pin_token>(r.token, token);
  store_shared<StorePoint::pin_deadline>(r.deadline_ms, owner.kind == OwnerKind::kLease ? now_ms + owner.value : 0);
  store_shared<StorePoint::pin_slot>(r.slot, owner.kind == OwnerKind::kSlot ? owner.value : 0);
  store_shared<StorePoint::pin_incarnation>(r.slot_incarnation, incarnation);
  const uint64_t word = static_cast<uint64_t>(role) | static_cast<uint64_t>(owner.kind) << 8 | uint64_t{entry} << 32;
  if (role == PinRole::kWriter) store_shared<StorePoint::writer_taken>(r.word, word);
  else store_shared<StorePoint::pin_taken>(r.word, word);
  private_[pin] = {};
  adopt(pin);
  if (owner.kind == OwnerKind::kLease) set_deadline(pin, r.deadline_ms);
  if (owner.kind == OwnerKind::kConnection) {
    private_[pin].connection = owner.value;
    by_connection_[owner.value].insert(pin);
  }
  return pin;
}

void PinTable::adopt(Index pin) {
  by_token_[token(pin)] = pin;
  if (role(pin) == PinRole::kWriter) writers_[entry(pin)] = pin;
  else ++readers_;
  if (kind(pin) == OwnerKind::kSlot) by_slot_[static_cast<uint32_t>(record(pin).slot)].insert(pin);
}

void PinTable::detach(Index pin) {
  if (kind(pin) == OwnerKind::kConnection) {
    const auto found = by_connection_.find(private_[pin].connection);
    if (found != by_connection_.end()) {
      found->second.erase(pin);
      if (found->second.empty()) by_connection_.erase(found);
    }
    private_[pin].connection = 0;
  }
  if (kind(pin) == OwnerKind::kSlot) {
    const auto found = by_slot_.find(static_cast<uint32_t>(record(pin).slot));
    if (found != by_slot_.end()) {
      found->second.erase(pin);
      if (found->second.empty()) by_slot_.erase(found);
    }
  }
}

void PinTable::set_deadline(Index pin, uint64_t deadline_ms) {
  Private& p = private_[pin];
  if (p.deadline_ms != 0) deadlines_.erase({p.deadline_ms, pin});
  p.deadline_ms = deadline_ms;
  if (deadline_ms != 0) deadlines_.insert({deadline_ms, pin});
}

void PinTable::remove(Index pin) {
  set_deadline(pin, 0);
  detach(pin);
  by_token_.erase(token(pin));
  if (role(pin) == PinRole::kWriter) {
    writers_.erase(entry(pin));
    store_shared<StorePoint::writer_released>(record(pin).word, 0);
  } else {
    --readers_;
    store_shared<StorePoint::pin_released>(record(pin).word, 0);
  }
  free_.push_back(pin);
}

void PinTable::renew(Index pin, uint64_t deadline_ms) {
  detach(pin);
  const PinRecord& r = record(pin);
  // The deadline counts once the kind says so, hence the order.
  store_shared<StorePoint::pin_deadline_renewed>(r.deadline_ms, deadline_ms);
  store_shared<StorePoint::pin_renewed>(r.word, (r.word & ~uint64_t{0xff00}) | static_cast<uint64_t>(OwnerKind::kLease) << 8);
  private_[pin].lingering = false;
  set_deadline(pin, deadline_ms);
}

void PinTable::linger(Index pin, uint64_t now_ms) {
  detach(pin);
  private_[pin].lingering = true;
  set_deadline(pin, now_ms + (role(pin) == PinRole::kReader ? lingers_.reader_ms : lingers_.writer_ms));
}

std::optional<PinTable::Index> PinTable::find(uint64_t token) const {
  const auto found = by_token_.find(token);
  return found == by_token_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<PinTable::Index> PinTable::writer_of(uint32_t entry) const {
  const auto found = writers_.find(entry);
  return found == writers_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<PinTable::Index> PinTable::of_connection(uint64_t connection, size_t pins_max) const {
  std::vector<Index> some;
  const auto found = by_connection_.find(connection);
  if (found == by_connection_.end()) return some;
  for (const Index pin : found->second) {
    if (some.size() == pins_max) break;
    some.push_back(pin);
  }
  return some;
}

std::vector<PinTable::Index> PinTable::of_dead_slots(size_t slots_max, size_t pins_max) {
  std::vector<Index> dead;
  if (by_slot_.empty()) return dead;
  // In order of their numbers, so that a bounded look comes round to each.
  std::vector<uint32_t> slots;
  slots.reserve(by_slot_.size());
  for (const auto& [slot, pins] : by_slot_) slots.push_back(slot);
  std::sort(slots.begin(), slots.end());
  auto at = std::lower_bound(slots.begin(), slots.end(), slot_cursor_);
  for (size_t i = 0; i < std::min(slots_max, slots.size()); ++i, ++at) {
    if (at == slots.end()) at = slots.begin();
    slot_cursor_ = *at;
    const bool held = slots_.held(*at);
    const uint64_t incarnation = slots_.incarnation(*at);
    for (const Index pin : by_slot_[*at]) {
      // Another holder has counted up; a record that can't be read proves nothing.
      if (held && (incarnation == 0 || record(pin).slot_incarnation == incarnation)) continue;
      if (dead.size() == pins_max) return dead;
      dead.push_back(pin);
    }
    slot_cursor_ = *at + 1;
  }
  return dead;
}

std::optional<PinTable::Index> PinTable::due(uint64_t now_ms) const {
  if (deadlines_.empty() || deadlines_.begin()->first > now_ms) return std::nullopt;
  return deadlines_.begin()->second;
}

size_t PinTable::bytes() const {
  return private_.capacity() * sizeof(Private) + free_.capacity() * sizeof(Index) +
         (by_token_.size() + writers_.size()) * 48 + deadlines_.size() * 64;
}

}  // namespace fabric
