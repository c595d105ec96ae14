#include "store.h"

#include <algorithm>
#include <chrono>

#include "compaction.h"  // for the destructors of unique_ptr<Compaction>
#include "failure.h"
#include "guarded_copy.h"
#include "taken_name.h"

namespace fabric {

using layout::Descriptor;
using layout::State;
using layout::Word;

namespace {

/// What JavaScript's numbers, and so all clients' integers, hold exactly.
constexpr uint64_t kXidMax = (uint64_t{1} << 53) - 1;

uint64_t wall_ms() {
  using namespace std::chrono;
  return static_cast<uint64_t>(duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count());
}

}  // namespace

// --- segments

uint32_t Store::next_segment_number() {
  const uint64_t& counter = catalog_.header().segment_counter;
  store_shared<StorePoint::segment_number_taken>(counter, counter + 1);
  return static_cast<uint32_t>(counter);
}

const std::string& Store::adopt_segment(std::string shared_id, uint32_t number, ShmObject object) {
  const auto records = catalog_.segments();
  const auto free = std::find_if(records.begin(), records.end(), [](const auto& r) { return r.word == 0; });
  if (free == records.end()) {
    throw Failure("OOM", "the node has its " + std::to_string(records.size()) + " segments already; FABRIC.DEALLOC one, or raise limits.segments_max for a new catalog");
  }
  const auto index = static_cast<size_t>(free - records.begin());
  auto segment = std::make_unique<Segment>(std::move(shared_id), number, std::move(object));
  store_shared<StorePoint::segment_bytes>(free->bytes, segment->bytes());
  store_shared<StorePoint::segment_inode>(free->inode, segment->inode());
  store_shared<StorePoint::segment_published>(free->word, 1 | uint64_t{number} << 32);
  segments_[index] = std::move(segment);
  return segments_[index]->shared_id();
}

void Store::drop_segment(std::string_view shared_id) {
  const uint16_t index = index_of(shared_id);
  const Segment& segment = segment_at(index);
  if (segment.extents().used_bytes() != 0) {
    throw Failure("INUSE", segment.shared_id() + " holds " + std::to_string(segment.variables) + " variables, " +
                               std::to_string(segment.limbo_bytes) + " bytes in limbo and " + std::to_string(segment.quarantined_bytes) +
                               " bytes pinned or in quarantine; delete or move them first, and let the quarantine pass");
  }
  store_shared<StorePoint::segment_dropped>(catalog_.segments()[index].word, 0);
  unlink_object(segment.shared_id());
  compactions_[index].reset();
  segments_[index].reset();
}

const Segment& Store::segment(std::string_view shared_id) const { return segment_at(index_of(shared_id)); }

uint16_t Store::index_of(std::string_view shared_id) const {
  for (size_t i = 0; i < segments_.size(); ++i) {
    if (segments_[i] && segments_[i]->shared_id() == shared_id) return static_cast<uint16_t>(i);
  }
  throw Failure("NOTFOUND", "no segment " + std::string(shared_id) + " on this node; FABRIC.SEGMENTS lists them");
}

uint64_t Store::largest_free() const {
  uint64_t largest = 0;
  each_segment([&](const Segment& segment) {
    if (segment.open()) largest = std::max(largest, segment.extents().largest_free());
  });
  return largest;
}

// --- finding

std::optional<Entry> Store::find(HashedName name) {
  const auto entry = index_.find(name);
  return entry && state(*entry) == State::kSealed ? entry : std::nullopt;
}

std::optional<Entry> Store::find_claim(std::string_view name) {
  const auto entry = index_.find(name);
  return entry && state(*entry) == State::kReserved ? entry : std::nullopt;
}

std::optional<Entry> Store::find_xid(uint64_t xid) { return index_.find_xid(xid); }

std::optional<Entry> Store::find_at(std::string_view shared_id, uint64_t offset) const {
  const uint16_t index = index_of(shared_id);
  const auto entry = segment_at(index).owner_at(offset);
  // The target of a move under way has the same owner and another place.
  const bool here = entry && catalog_.word(*entry).segment == index && catalog_.descriptor(*entry).offset == offset;
  return here && state(*entry) == State::kSealed ? entry : std::nullopt;
}

void Store::check_entry(Entry entry) const {
  if (entry >= private_.size() || state(entry) == State::kFree) throw Failure("ERR", "no such entry");
}

Location Store::locate(Entry entry) {
  catalog_.set_flags(entry, layout::kExposed);
  const Descriptor& d = catalog_.descriptor(entry);
  const Word word = catalog_.word(entry);
  return {segments_[word.segment].get(), d.offset, d.length, d.xid, word.generation};
}

uint32_t Store::pins_of(Entry entry) const {
  const auto found = reader_pins_.find(entry);
  return found == reader_pins_.end() ? 0 : found->second;
}

std::optional<Entry> Store::random() {
  if (counts_.variables == 0) return std::nullopt;
  uint64_t cursor = draw_();
  std::vector<Entry> found;
  // Twice round covers the stretch the start lies in.
  for (int rounds = 0; rounds < 2;) {
    cursor = scan(cursor, [&](Entry entry) { found.push_back(entry); });
    if (!found.empty()) return found[draw_() % found.size()];
    if (cursor == 0) ++rounds;
  }
  return std::nullopt;
}

// --- writing

Entry Store::take_entry() {
  if (free_entries_.empty()) {
    const size_t before = private_.size();
    if (!catalog_.grow_descriptors()) throw catalog_.no_room("variable", "variables_max", before, catalog_.header().variables_max);
    private_.resize(catalog_.descriptors().size());
    for (size_t i = private_.size(); i-- > before;) free_entries_.push_back(static_cast<Entry>(i));
  }
  const Entry entry = free_entries_.back();
  free_entries_.pop_back();
  return entry;
}

std::optional<std::pair<uint16_t, Extent>> Store::allocate(uint64_t length, Entry entry) {
  for (size_t i = 0; i < segments_.size(); ++i) {
    const size_t at = (segment_cursor_ + i) % segments_.size();
    if (!segments_[at]) continue;
    if (const auto extent = segments_[at]->allocate(length, entry)) {
      segment_cursor_ = at;
      return std::pair(static_cast<uint16_t>(at), *extent);
    }
  }
  return std::nullopt;
}

void Store::fail_full(uint64_t length) const {
  uint64_t free = 0;
  uint64_t most_in_one = 0;
  bool any = false;
  std::string damaged;
  each_segment([&](const Segment& segment) {
    any = true;
    if (segment.damaged) {
      damaged += "; " + segment.shared_id() + " was truncated by another process and takes nothing more: delete its variables and FABRIC.DEALLOC it";
    }
    if (!segment.open()) return;
    free += segment.extents().free_bytes();
    most_in_one = std::max(most_in_one, segment.extents().free_bytes());
  });
  if (!any) throw Failure("OOM", "the node has no segments; create one with FABRIC.ALLOC <megabytes>");
  const uint64_t megabytes = (length >> 20) + 2;
  throw Failure("OOM", "no room for " + std::to_string(length) + " bytes: the largest free extent has " + std::to_string(largest_free()) +
                           " of " + std::to_string(free) + " free bytes, " + std::to_string(counts_.removed_bytes) +
                           " more are pinned or in quarantine; " + (most_in_one >= length ? "FABRIC.DEFRAG, " : "") +
                           "delete some variables, or FABRIC.ALLOC at least " + std::to_string(megabytes) + damaged);
}

Store::Prepared Store::prepare(const Strings& strings, uint64_t length, const Origin& origin) {
  const Entry entry = take_entry();
  const uint64_t string_bytes = strings.name.size() + strings.type.size() + strings.documentation.size();
  const auto place = strings_.allocate(string_bytes);
  if (!place) {
    free_entries_.push_back(entry);
    const layout::Header& h = catalog_.header();
    throw catalog_.no_room("name, type and documentation", "string_bytes_max", h.string_bytes_ready, h.string_bytes_max);
  }
  const auto extent = allocate(length, entry);
  if (!extent) {
    strings_.release(*place, string_bytes);
    free_entries_.push_back(entry);
    fail_full(length);
  }
  uint64_t xid;
  try {
    xid = origin.xid ? *origin.xid : catalog_.next_xid();
  } catch (...) {
    segment_at(extent->first).release(extent->second.node);
    strings_.release(*place, string_bytes);
    free_entries_.push_back(entry);
    throw;
  }
  const char* at = catalog_.strings() + *place;
  for (const std::string_view part : {strings.name, strings.type, strings.documentation}) {
    store_shared_bytes<StorePoint::strings>(at, part.data(), part.size());
    at += part.size();
  }
  catalog_.fill(entry, {.offset = extent->second.offset,
                        .length = length,
                        .xid = xid,
                        .strings = *place,
                        .name_bytes = static_cast<uint16_t>(strings.name.size()),
                        .replicas = origin.replicas,
                        .type_bytes = static_cast<uint32_t>(strings.type.size()),
                        .documentation_bytes = static_cast<uint32_t>(strings.documentation.size()),
                        .created_ms = wall_ms()});
  private_[entry] = {extent->second.node, 0};
  return {entry, {State::kFree, 0, extent->first, 1}};
}

void Store::undo(Entry entry) {
  strings_.release(catalog_.descriptor(entry).strings, catalog_.string_bytes(entry));
  catalog_.publish<StorePoint::insert_undone>(entry, {State::kFree, 0, 0, 0});
  free_entries_.push_back(entry);
}

void Store::check_name(std::string_view name, bool replace) {
  if (name.empty() || name.size() > layout::kNameBytesMax) {
    throw Failure("ERR", "a name has 1 to " + std::to_string(layout::kNameBytesMax) + " bytes, got " + std::to_string(name.size()));
  }
  const auto entry = index_.find(name);
  if (!entry) {
    // Who claims the name of a veiled one would take it for good.
    const auto veiled = replace ? veiled_.end() : veiled_.find(name);
    if (veiled == veiled_.end()) return;
    const Descriptor& d = catalog_.descriptor(veiled->second);
    throw name_is_taken(d.xid, d.length, d.crc32c);
  }
  const Descriptor& d = catalog_.descriptor(*entry);
  if (state(*entry) == State::kReserved) {
    throw name_is_being_written(d.xid, std::to_string(d.length));
  }
  if (!replace) {
    throw name_is_taken(d.xid, d.length, d.crc32c);
  }
}

void Store::check_copy(uint64_t xid) {
  if (xid == 0 || xid > kXidMax) throw Failure("ERR", "an xid is a whole number from 1 to 2^53 - 1");
  if (index_.find_xid(xid)) throw copy_is_here(xid);
}

template <StorePoint point>
void Store::commit_sealed(Entry entry, Word word, std::optional<Entry> former, uint64_t now_ms) {
  if (!former) {
    catalog_.publish<point>(entry, word);
    return;
  }
  Word removed = catalog_.word(*former);
  uncount_sealed(*former);
  removed.state = State::kRemoved;
  const WordStore stores[] = {{entry, &Descriptor::word, layout::pack(word)}, {*former, &Descriptor::word, layout::pack(removed)}};
  catalog_.commit(stores);
  index_.replace_name(*former, entry);
  retire(*former, now_ms);
}

Entry Store::insert(const Strings& strings, const void* payload, uint64_t bytes, uint8_t flags, uint64_t now_ms) {
  const bool replace = flags & layout::kReplace;
  check_name(strings.name, replace);
  Prepared prepared = prepare(strings, bytes);
  const Entry entry = prepared.entry;
  const Descriptor& d = catalog_.descriptor(entry);
  Segment& segment = segment_at(prepared.word.segment);
  uint32_t crc = 0;
  if (!guarded_copy_crc32c(segment.data() + d.offset, payload, bytes, &crc)) {
    segment.release(private_[entry].node);
    undo(entry);
    fail_damaged(prepared.word.segment);
  }
  store_shared<StorePoint::insert_crc32c>(d.crc32c, crc);
  prepared.word.state = State::kSealed;
  prepared.word.flags = flags & layout::kHidden;
  const auto former = replace ? index_.find(strings.name) : std::nullopt;
  commit_sealed<StorePoint::insert_sealed>(entry, prepared.word, former, now_ms);
  if (!former) index_.add_name(entry);
  index_.add_xid(entry);
  count_sealed(entry);
  return entry;
}

Entry Store::reserve(const Strings& strings, uint64_t length, uint8_t flags, std::optional<Owner> owner, uint64_t now_ms,
                     const Origin& origin) {
  const bool replace = flags & layout::kReplace;
  if (origin.xid) check_copy(*origin.xid);
  check_name(strings.name, replace);
  Prepared prepared = prepare(strings, length, origin);
  const Entry entry = prepared.entry;
  // Its address goes to the writer, unless that is the server itself.
  const uint8_t whose = owner ? layout::kExposed : layout::kOwn;
  prepared.word.state = State::kReserved;
  prepared.word.flags = (flags & (layout::kHidden | layout::kReplace)) | whose;
  catalog_.publish<StorePoint::reserved>(entry, prepared.word);
  if (!replace) index_.add_name(entry);
  index_.add_xid(entry);
  ++counts_.reservations;
  counts_.reserved_bytes += length;
  if (owner) {
    try {
      pins_.add(entry, layout::PinRole::kWriter, *owner, now_ms);
    } catch (...) {
      prepared.word.flags &= static_cast<uint8_t>(~layout::kExposed);
      catalog_.commit<StorePoint::reservation_refused>(entry, prepared.word);
      abort(entry, now_ms);
      throw;
    }
  }
  return entry;
}

void Store::check_reserved(Entry entry, uint64_t offset, uint64_t length) const {
  if (entry >= private_.size() || state(entry) != State::kReserved) throw Failure("NOTFOUND", "no such reservation; it was sealed, aborted or given up");
  const uint64_t whole = catalog_.descriptor(entry).length;
  if (offset > whole || length > whole - offset) throw Failure("ERR", "outside the reservation's " + std::to_string(whole) + " bytes");
}

void Store::write(Entry entry, uint64_t offset, const void* bytes, uint64_t length) {
  check_reserved(entry, offset, length);
  const uint16_t segment = catalog_.word(entry).segment;
  if (!guarded_copy(segment_at(segment).data() + catalog_.descriptor(entry).offset + offset, bytes, length)) fail_damaged(segment);
}

void Store::seal(Entry entry, uint32_t crc32c, uint64_t now_ms) {
  check_reserved(entry, 0, 0);
  Word word = catalog_.word(entry);
  const bool replace = word.flags & layout::kReplace;
  const auto former = replace ? index_.find(catalog_.name(entry)) : std::nullopt;
  if (former) check_name(catalog_.name(entry), true);
  store_shared<StorePoint::reservation_crc32c>(catalog_.begin_fill(entry).crc32c, crc32c);
  word.state = State::kSealed;
  word.flags &= layout::kExposed | layout::kHidden;
  uncount_reserved(entry);
  commit_sealed<StorePoint::reservation_sealed>(entry, word, former, now_ms);
  if (replace && !former) index_.add_name(entry);
  release_writer(entry);
  count_sealed(entry);
}

void Store::abort(Entry entry, uint64_t now_ms) {
  check_reserved(entry, 0, 0);
  Word word = catalog_.word(entry);
  if (!(word.flags & layout::kReplace)) index_.remove_name(entry);
  uncount_reserved(entry);
  word.state = State::kRemoved;
  catalog_.commit<StorePoint::reservation_aborted>(entry, word);
  // In this order: a reservation without a writer is taken at open for one whose address nobody has.
  release_writer(entry);
  retire(entry, now_ms);
}

uint64_t Store::remove(const std::vector<std::string_view>& names, uint64_t now_ms) {
  std::vector<Entry> entries;
  for (const auto name : names) {
    if (const auto entry = find(name)) entries.push_back(*entry);
  }
  std::sort(entries.begin(), entries.end());
  entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
  std::vector<WordStore> stores;
  stores.reserve(entries.size());
  for (const Entry entry : entries) {
    Word word = catalog_.word(entry);
    word.state = State::kRemoved;
    stores.push_back({entry, &Descriptor::word, layout::pack(word)});
  }
  if (stores.size() == 1) catalog_.commit<StorePoint::removed>(entries[0], layout::unpack(stores[0].value));
  else if (!stores.empty()) catalog_.commit(stores);
  for (const Entry entry : entries) {
    uncount_sealed(entry);
    index_.remove_name(entry);
    retire(entry, now_ms);
  }
  return entries.size();
}

void Store::read(Entry entry, uint64_t offset, void* to, uint64_t length) {
  const Descriptor& d = catalog_.descriptor(entry);
  if (offset > d.length || length > d.length - offset) throw Failure("ERR", "outside the variable's " + std::to_string(d.length) + " bytes");
  const uint16_t segment = catalog_.word(entry).segment;
  if (!guarded_copy(to, segment_at(segment).data() + d.offset + offset, length)) fail_damaged(segment);
}

void Store::examine(Entry entry) {
  Segment& segment = segment_at(catalog_.word(entry).segment);
  if (!segment.intact()) segment.damaged = true;
}

void Store::fail_damaged(uint16_t index) {
  Segment& segment = segment_at(index);
  segment.damaged = true;
  throw Damage("segment " + segment.shared_id() + " was truncated by another process; what lay beyond is lost and nothing more is stored in it: "
                       "delete its variables, FABRIC.DEALLOC it and FABRIC.ALLOC another");
}

// --- counting

void Store::count_sealed(Entry entry) {
  if (!hidden(entry)) ++counts_.variables;
  ++segment_at(catalog_.word(entry).segment).variables;
}

void Store::uncount_sealed(Entry entry) {
  if (!hidden(entry)) --counts_.variables;
  --segment_at(catalog_.word(entry).segment).variables;
}

void Store::uncount_reserved(Entry entry) {
  leave_limbo(entry);
  --counts_.reservations;
  counts_.reserved_bytes -= catalog_.descriptor(entry).length;
}

size_t Store::private_bytes() const {
  size_t bytes = private_.capacity() * sizeof(Private) + free_entries_.capacity() * sizeof(Entry) +
                 quarantine_.capacity() * sizeof(Quarantined) + index_.bytes() + strings_.metadata_bytes() + pins_.bytes();
  each_segment([&](const Segment& segment) { bytes += segment.metadata_bytes(); });
  return bytes;
}

}  // namespace fabric
