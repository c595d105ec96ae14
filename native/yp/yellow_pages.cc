#include "yp/yellow_pages.h"

#include <algorithm>

#include "failure.h"
#include "hash_key.h"
#include "layout.h"
#include "taken_name.h"

namespace fabric::yp {

YellowPages::YellowPages(uint64_t bytes_max)
    : key_(random_hash_key()), records_(bytes_max), names_(SlotPolicy{}), unpublished_(SlotPolicy{}) {}

// --- finding

std::optional<YellowPages::Handle> YellowPages::find_published(Hashed name) {
  const uint32_t hash = name_hash(name);
  const Slot* slot = names_.find(hash, [&](const Slot& s) { return s.hash == hash && record(s).name() == name.name; });
  return slot == nullptr ? std::nullopt : std::optional(slot->place - 1);
}

std::optional<YellowPages::Handle> YellowPages::find_unpublished(Hashed name, uint64_t xid) {
  if (unpublished_.size() == 0) return std::nullopt;
  const uint32_t hash = version_hash(name, xid);
  const Slot* slot = unpublished_.find(hash, [&](const Slot& s) {
    return s.hash == hash && record(s).xid == xid && record(s).name() == name.name;
  });
  return slot == nullptr ? std::nullopt : std::optional(slot->place - 1);
}

std::optional<YellowPages::Handle> YellowPages::find_version(Hashed name, uint64_t xid) {
  const auto found = find_published(name);
  return found && at(*found).xid == xid ? found : find_unpublished(name, xid);
}

const Record* YellowPages::published(Hashed name) {
  const auto found = find_published(name);
  return found ? &at(*found) : nullptr;
}

const Record* YellowPages::find(std::string_view name, uint64_t xid) {
  const auto found = find_version(hashed(name), xid);
  return found ? &at(*found) : nullptr;
}

bool YellowPages::is_live_claim(const Record& record, uint64_t xid, uint64_t now_ms) {
  return record.state == State::kClaimed && record.xid == xid && record.first.offset > now_ms;
}

std::optional<YellowPages::Handle> YellowPages::live_claim(Hashed name, uint64_t xid, uint64_t now_ms) {
  const auto found = find_published(name);
  if (!found) return std::nullopt;
  return is_live_claim(at(*found), xid, now_ms) ? found : std::nullopt;
}

// --- writing a variable

void YellowPages::check_new(std::string_view name, uint64_t xid) const {
  if (name.empty() || name.size() > layout::kNameBytesMax) {
    throw Failure("ERR", "a name has 1 to " + std::to_string(layout::kNameBytesMax) + " bytes, got " + std::to_string(name.size()));
  }
  if (xid == 0 || xid > kXidMax) throw Failure("ERR", "an xid is a whole number from 1 to 2^53 - 1");
}

void YellowPages::claim(std::string_view name, uint64_t xid, std::string_view node, uint64_t deadline_ms, uint64_t now_ms) {
  check_new(name, xid);
  const Hashed key = hashed(name);
  if (find_unpublished(key, xid)) throw Failure("STALE", "that xid is an earlier variable's of this name: ask for a new one");
  if (const auto found = find_published(key)) {
    Record& former = at(*found);
    if (former.state == State::kSealed) throw name_is_taken(former.xid, former.length, former.crc32c);
    if (former.xid == xid) {
      former.first.offset = deadline_ms;
      return;
    }
    if (former.first.offset > now_ms) throw name_is_being_written(former.xid, "unknown");
    erase(*found);
  }
  Cells cells;
  cells.push(cell_in({node, "", deadline_ms, 0}));
  create(key, xid, {0, 0}, State::kClaimed, cells);
}

bool YellowPages::renew(std::string_view name, uint64_t xid, uint64_t deadline_ms, uint64_t now_ms) {
  const auto found = live_claim(hashed(name), xid, now_ms);
  if (found) at(*found).first.offset = deadline_ms;
  return found.has_value();
}

bool YellowPages::withdraw(std::string_view name, uint64_t xid) {
  const auto found = live_claim(hashed(name), xid, 0);
  if (found) erase(*found);
  return found.has_value();
}

bool YellowPages::commit(std::string_view name, uint64_t xid, Content content, std::span<const Place> places, uint64_t now_ms) {
  check_new(name, xid);
  const auto found = find_published(hashed(name));
  if (!found || at(*found).xid != xid) return false;
  if (at(*found).state == State::kSealed) {
    for (const Place& place : places) add_place(name, xid, place);
    return true;
  }
  if (!is_live_claim(at(*found), xid, now_ms)) return false;
  seal_claim(*found, content, cells_of(places));
  return true;
}

void YellowPages::seal_claim(Handle handle, Content content, const Cells& cells) {
  set_cells(handle, cells);
  Record& sealed = at(handle);
  count_cells(sealed, -1);
  --counts_[static_cast<size_t>(sealed.state)];
  sealed.length = content.length;
  sealed.crc32c = content.crc32c;
  sealed.replicas = content.wanted();
  sealed.state = State::kSealed;
  ++counts_[static_cast<size_t>(sealed.state)];
  count_cells(sealed, 1);
}

bool YellowPages::replace(std::string_view name, uint64_t xid, Content content, std::span<const Place> places,
                          std::optional<uint64_t> former, uint64_t now_ms) {
  check_new(name, xid);
  const Hashed key = hashed(name);
  const auto found = find_published(key);
  if (found && at(*found).xid == xid) return commit(name, xid, content, places, now_ms);
  // What was deleted doesn't come back by a message that was under way.
  if (find_unpublished(key, xid)) return false;
  const bool sealed = found && at(*found).state == State::kSealed;
  if (former && (!sealed || at(*found).xid != *former)) return false;
  if (found && !sealed && at(*found).first.offset > now_ms) throw name_is_being_written(at(*found).xid, "unknown");
  create(key, xid, content, State::kSealed, cells_of(places));
  if (sealed) change_state(*found, State::kRemoved);
  if (found && !sealed) erase(*found);
  return true;
}

// --- copies

bool YellowPages::add_place(std::string_view name, uint64_t xid, const Place& place) {
  const auto found = find_version(hashed(name), xid);
  if (!found || at(*found).state == State::kClaimed) return false;
  const Cell cell = cell_of(place);
  if (merge(*found, cell)) return true;
  directory_.release_segment(cell.segment());
  throw Failure("ERR", "a variable has at most " + std::to_string(kPlacementsMax) + " copies");
}

bool YellowPages::move_place(std::string_view name, uint64_t xid, const Place& place) {
  const auto found = find_version(hashed(name), xid);
  const auto node = directory_.find_node(place.node);
  if (!found || !node || at(*found).state == State::kClaimed) return false;
  Cells cells(*this, at(*found));
  const auto i = cells.of_node(*this, *node);
  if (!i || cells[*i].generation > place.generation) return false;
  return merge(*found, cell_of(place));
}

std::optional<uint32_t> YellowPages::take_cell(std::optional<Handle> found, std::string_view node_name) {
  const auto node = directory_.find_node(node_name);
  if (!found || !node) return std::nullopt;
  Cells cells(*this, at(*found));
  const auto i = cells.of_node(*this, *node);
  if (!i) return std::nullopt;
  cells.erase(*i);
  retain(cells);
  set_cells(*found, cells);
  return cells.count();
}

std::optional<uint32_t> YellowPages::remove_place(std::string_view name, uint64_t xid, std::string_view node) {
  const auto found = find_version(hashed(name), xid);
  if (found && (at(*found).state == State::kClaimed || at(*found).state == State::kRemoved)) return std::nullopt;
  return take_cell(found, node);
}

// --- deleting

bool YellowPages::remove(std::string_view name, std::optional<uint64_t> xid) {
  const Hashed key = hashed(name);
  auto found = find_published(key);
  const bool meant = found && at(*found).state == State::kSealed && (!xid || at(*found).xid == *xid);
  if (!meant) {
    found = xid ? find_unpublished(key, *xid) : std::nullopt;
    if (!found || at(*found).state != State::kConflict) return false;
  }
  change_state(*found, State::kRemoved);
  return true;
}

std::optional<uint32_t> YellowPages::acknowledge(std::string_view name, uint64_t xid, std::string_view node) {
  const auto found = find_unpublished(hashed(name), xid);
  if (found && at(*found).state != State::kRemoved) return std::nullopt;
  return take_cell(found, node);
}

bool YellowPages::publish(std::string_view name, uint64_t xid) {
  const Hashed key = hashed(name);
  const auto found = find_unpublished(key, xid);
  if (!found || at(*found).state != State::kConflict) return false;
  if (const Record* other = published(key)) {
    if (other->state == State::kSealed) throw name_is_taken(other->xid, other->length, other->crc32c);
    throw name_is_being_written(other->xid, "unknown");
  }
  change_state(*found, State::kSealed);
  return true;
}

// --- inventories

void YellowPages::begin_inventory(std::string_view node) {
  uint32_t& round = directory_.node_at(directory_.node(node)).round;
  round = (round + 1) % kRounds;
}

Adopted YellowPages::adopt(Hashed name, uint64_t xid, Content content, uint32_t segment, uint64_t offset, uint32_t generation) {
  const uint32_t round = directory_.nodes()[directory_.segment_at(segment).node].round;
  const Cell cell = Cell::of(segment, round, offset, generation);
  const auto known = find_published(name);
  const auto same = known && at(*known).xid == xid ? known : find_unpublished(name, xid);
  directory_.retain_segment(segment);
  Cells cells;
  cells.push(cell);
  if (!same) {
    create(name, xid, content, known ? State::kConflict : State::kSealed, cells);
    return known ? Adopted::kConflict : Adopted::kPublished;
  }
  const Record& record = at(*same);
  if (record.state == State::kClaimed) {
    // One sealed copy seals the others.
    seal_claim(*same, content, cells);
    return Adopted::kPublished;
  }
  const bool alike = record.state == State::kRemoved || (record.length == content.length && record.crc32c == content.crc32c);
  if (!alike || !merge(*same, cell)) {
    directory_.release_segment(segment);
    return Adopted::kRefused;
  }
  if (record.state == State::kRemoved) return Adopted::kRemoved;
  Record& told = at(*same);
  told.replicas = std::max<uint16_t>(told.replicas, content.wanted());
  return record.state == State::kSealed ? Adopted::kPublished : Adopted::kConflict;
}

// --- in steps

template <class Visit>
uint64_t YellowPages::walk(uint64_t cursor, uint64_t budget, const Visit& visit) {
  constexpr uint64_t kUnpublished = uint64_t{1} << 32;
  if (cursor >= 2 * kUnpublished) throw Failure("ERR", "no such cursor; begin with 0");
  while (budget > 0) {
    const uint64_t table = cursor & kUnpublished;
    // Entries shift when one is taken out: a stretch is listed before anything of it changes.
    walked_.clear();
    const auto list = [&](const Slot& slot) { walked_.push_back(slot.place - 1); };
    const uint64_t from = cursor - table;
    const uint64_t next = table == 0 ? names_.visit(from, list) : unpublished_.visit(from, list);
    for (const Handle handle : walked_) visit(handle);
    if (next < kUnpublished) {
      cursor = table | next;
    } else if (table == 0) {
      cursor = kUnpublished;
    } else {
      return 0;
    }
    budget -= std::min<uint64_t>(budget, 1 + walked_.size());
  }
  return cursor;
}

uint64_t YellowPages::drop(std::string_view node_name, bool unconfirmed_only, uint64_t cursor, uint64_t budget) {
  const auto node = directory_.find_node(node_name);
  if (!node) return 0;
  const uint32_t round = directory_.nodes()[*node].round;
  return walk(cursor, budget, [&](Handle handle) {
    // Inventories don't tell of claims.
    if (unconfirmed_only && at(handle).state == State::kClaimed) return;
    Cells cells(*this, at(handle));
    const auto i = cells.of_node(*this, *node);
    if (!i || (unconfirmed_only && cells[*i].round() == round)) return;
    cells.erase(*i);
    retain(cells);
    set_cells(handle, cells);
  });
}

uint64_t YellowPages::lapse(uint64_t cursor, uint64_t budget, uint64_t now_ms) {
  return walk(cursor, budget, [&](Handle handle) {
    const Record& record = at(handle);
    if (record.state == State::kClaimed && record.first.offset <= now_ms) erase(handle);
  });
}

}  // namespace fabric::yp
