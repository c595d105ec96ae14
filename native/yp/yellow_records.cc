/// How the yellow pages keep a record and its copies: memory, tables, counts.
#include <algorithm>
#include <cstring>
#include <utility>

#include "failure.h"
#include "yp/yellow_pages.h"

namespace fabric::yp {

namespace {

uint64_t record_bytes(size_t name_bytes) { return kHeadBytes + name_bytes; }
bool is_published(State state) { return state == State::kClaimed || state == State::kSealed; }
uint64_t more_bytes(uint32_t placements) { return placements < 2 ? 0 : (placements - 1) * sizeof(Cell); }

}  // namespace

YellowPages::Cells::Cells(const YellowPages& pages, const Record& record) : count_(record.placements) {
  cells_[0] = record.first;
  if (count_ > 1) std::memcpy(&cells_[1], pages.records_.at(record.more), more_bytes(count_));
}

void YellowPages::Cells::erase(uint32_t i) {
  std::copy(cells_.begin() + i + 1, cells_.begin() + count_, cells_.begin() + i);
  --count_;
}

std::optional<uint32_t> YellowPages::Cells::of_node(const YellowPages& pages, uint32_t node) const {
  for (uint32_t i = 0; i < count_; ++i) {
    if (pages.directory_.segment_at(cells_[i].segment()).node == node) return i;
  }
  return std::nullopt;
}

Cell YellowPages::cell_of(const Place& place) {
  if (place.shared_id.empty()) throw Failure("ERR", "a copy needs the name of its segment");
  return cell_in(place);
}

Cell YellowPages::cell_in(const Place& place) {
  const uint32_t node = directory_.node(place.node);
  const uint32_t segment = directory_.acquire_segment(node, place.shared_id);
  return Cell::of(segment, directory_.nodes()[node].round, place.offset, place.generation);
}

YellowPages::Cells YellowPages::cells_of(std::span<const Place> places) {
  if (places.empty() || places.size() > kPlacementsMax) {
    throw Failure("ERR", "a variable has 1 to " + std::to_string(kPlacementsMax) + " copies, got " + std::to_string(places.size()));
  }
  Cells cells;
  try {
    for (const Place& place : places) {
      if (cells.of_node(*this, directory_.node(place.node))) throw Failure("ERR", "a node has one copy of a variable at most");
      cells.push(cell_of(place));
    }
  } catch (...) {
    discard(cells);
    throw;
  }
  return cells;
}

void YellowPages::retain(const Cells& cells) {
  for (const Cell& cell : cells) directory_.retain_segment(cell.segment());
}

void YellowPages::discard(const Cells& cells) {
  for (const Cell& cell : cells) directory_.release_segment(cell.segment());
}

void YellowPages::count_cells(const Record& record, int64_t by) {
  for (const Cell& cell : Cells(*this, record)) directory_.count(cell, record, by);
}

YellowPages::Handle YellowPages::create(Hashed name, uint64_t xid, Content content, State state, const Cells& cells) {
  const uint64_t bytes = record_bytes(name.name.size());
  std::optional<Handle> handle;
  std::optional<Handle> more;
  try {
    handle = records_.allocate(bytes);
    if (cells.count() > 1) more = records_.allocate(more_bytes(cells.count()));
    Record& record = at(*handle);
    record.xid = xid;
    record.length = content.length;
    record.first = *cells.begin();
    record.crc32c = content.crc32c;
    record.more = more.value_or(0);
    record.name_bytes = static_cast<uint16_t>(name.name.size());
    record.replicas = content.wanted();
    record.state = state;
    record.placements = static_cast<uint8_t>(cells.count());
    if (more) std::memcpy(records_.at(*more), cells.begin() + 1, more_bytes(cells.count()));
    std::memcpy(reinterpret_cast<uint8_t*>(&record) + kHeadBytes, name.name.data(), name.name.size());
    enlist(*handle, name);
  } catch (...) {
    if (handle) records_.release(*handle, bytes);
    if (more) records_.release(*more, more_bytes(cells.count()));
    discard(cells);
    throw;
  }
  ++counts_[static_cast<size_t>(state)];
  count_cells(at(*handle), 1);
  return *handle;
}

void YellowPages::erase(Handle handle) {
  Record& record = at(handle);
  count_cells(record, -1);
  --counts_[static_cast<size_t>(record.state)];
  delist(handle, hashed(record.name()), record.state);
  discard(Cells(*this, record));
  free_more(record);
  records_.release(handle, record_bytes(record.name_bytes));
}

void YellowPages::free_more(const Record& record) {
  if (record.placements > 1) records_.release(record.more, more_bytes(record.placements));
}

void YellowPages::enlist(Handle handle, Hashed name) {
  const Record& record = at(handle);
  if (is_published(record.state)) {
    names_.insert({name_hash(name), handle + 1});
  } else {
    unpublished_.insert({version_hash(name, record.xid), handle + 1});
  }
}

void YellowPages::delist(Handle handle, Hashed name, State state) {
  const bool published = is_published(state);
  ProbeTable<SlotPolicy>& table = published ? names_ : unpublished_;
  const uint32_t hash = published ? name_hash(name) : version_hash(name, at(handle).xid);
  table.erase(table.find(hash, [&](const Slot& slot) { return slot.place == handle + 1; }));
}

void YellowPages::change_state(Handle handle, State state) {
  Record& record = at(handle);
  const State former = std::exchange(record.state, state);
  if (is_published(former) != is_published(state)) {
    const Hashed name = hashed(record.name());
    try {
      enlist(handle, name);
    } catch (...) {
      record.state = former;
      throw;
    }
    delist(handle, name, former);
  }
  record.state = former;
  count_cells(record, -1);
  --counts_[static_cast<size_t>(former)];
  record.state = state;
  ++counts_[static_cast<size_t>(state)];
  count_cells(record, 1);
}

void YellowPages::set_cells(Handle handle, const Cells& cells) {
  if (cells.count() == 0) return erase(handle);
  Record& record = at(handle);
  uint32_t more = record.more;
  const bool same_size = record.placements == cells.count();
  try {
    if (!same_size && cells.count() > 1) more = records_.allocate(more_bytes(cells.count()));
  } catch (...) {
    discard(cells);
    throw;
  }
  count_cells(record, -1);
  discard(Cells(*this, record));
  if (!same_size) free_more(record);
  record.first = *cells.begin();
  record.more = more;
  record.placements = static_cast<uint8_t>(cells.count());
  if (cells.count() > 1) std::memcpy(records_.at(more), cells.begin() + 1, more_bytes(cells.count()));
  count_cells(record, 1);
}

bool YellowPages::merge(Handle handle, Cell cell) {
  Cells cells(*this, at(handle));
  const uint32_t node = directory_.segment_at(cell.segment()).node;
  const auto i = cells.of_node(*this, node);
  if (!i && cells.count() == kPlacementsMax) return false;
  retain(cells);
  if (!i) {
    cells.push(cell);
  } else {
    // An older account that was under way still tells that the copy is there.
    const bool newer = cell.generation >= cells[*i].generation;
    const Cell kept = newer ? cell : Cell::of(cells[*i].segment(), cell.round(), cells[*i].offset, cells[*i].generation);
    directory_.release_segment(newer ? cells[*i].segment() : cell.segment());
    cells[*i] = kept;
  }
  set_cells(handle, cells);
  return true;
}

}  // namespace fabric::yp
