#include "catalog.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

#include "crc32c.h"
#include "failure.h"

namespace fabric {

using layout::Descriptor;
using layout::Header;
using layout::PinRecord;
using layout::RedoRecord;
using layout::SegmentRecord;

namespace {

/// Places the regions one after the other, each on a page.
Header plan(const CatalogLimits& limits) {
  Header h = {};
  std::memcpy(h.magic, layout::kMagic, sizeof h.magic);
  h.version = layout::kVersion;
  h.header_bytes = sizeof(Header);
  h.segments_max = limits.segments_max;
  h.pins_max = limits.pins_max;
  h.variables_max = limits.variables_max;
  h.string_bytes_max = limits.string_bytes_max / layout::kStringBlockBytes * layout::kStringBlockBytes;
  uint64_t at = layout::kPageBytes;
  const auto place = [&at](uint64_t bytes) {
    const uint64_t here = at;
    at += layout::page_round(bytes);
    return here;
  };
  h.segments_offset = place(h.segments_max * sizeof(SegmentRecord));
  h.redo_offset = place(sizeof(RedoRecord));
  h.pins_offset = place(h.pins_max * sizeof(PinRecord));
  h.variables_offset = place(h.variables_max * sizeof(Descriptor));
  h.strings_offset = place(h.string_bytes_max);
  h.catalog_bytes = at;
  return h;
}

bool consistent(const Header& h, uint64_t object_bytes) {
  const Header expected = plan({h.segments_max, h.pins_max, h.variables_max, h.string_bytes_max});
  return h.header_bytes == sizeof(Header) && h.catalog_bytes == object_bytes && h.catalog_bytes == expected.catalog_bytes &&
         h.segments_offset == expected.segments_offset && h.redo_offset == expected.redo_offset &&
         h.pins_offset == expected.pins_offset && h.variables_offset == expected.variables_offset &&
         h.strings_offset == expected.strings_offset && h.pins_ready <= h.pins_max && h.variables_ready <= h.variables_max &&
         h.string_bytes_ready <= h.string_bytes_max;
}

}  // namespace

Catalog::Catalog(ShmObject object, const std::string& name)
    : object_(std::move(object)),
      descriptors_(reinterpret_cast<const Descriptor*>(object_.data() + header().variables_offset)),
      vital_(std::make_unique<VitalRange>(
          object_.data(), object_.bytes(),
          "the catalog /dev/shm" + name + " was truncated by another process: the server can't go on; save what you need from the"
          " segments beside it, then `datafabric purge` and start again")) {}

bool Catalog::usable(const std::string& name) {
  const FileHandle file(::shm_open(name.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW, 0));
  if (!file.valid()) {
    if (errno == ENOENT) return false;
    throw system_failure("cannot open /dev/shm" + name);
  }
  Header h = {};
  const ssize_t got = ::pread(file.get(), &h, sizeof h, 0);
  // A crash during the very first start leaves a header that was never completed: nothing can be in it yet.
  if (got < static_cast<ssize_t>(sizeof h)) return false;
  // What isn't ours is there all the same: `open` refuses it.
  constexpr char kUnwritten[sizeof h.magic] = {};
  if (std::memcmp(h.magic, layout::kMagic, sizeof h.magic) != 0) return std::memcmp(h.magic, kUnwritten, sizeof h.magic) != 0;
  return h.version != layout::kVersion || h.complete == 1;
}

Catalog Catalog::open(const std::string& name, const std::string& node) {
  ShmObject object = ShmObject::open(name);
  if (object.bytes() < layout::kPageBytes) throw Failure("LAYOUT", "/dev/shm" + name + " was truncated; remove it with `datafabric purge`");
  const Header& h = *reinterpret_cast<const Header*>(object.data());
  if (std::memcmp(h.magic, layout::kMagic, sizeof h.magic) != 0) {
    throw Failure("LAYOUT", "/dev/shm" + name + " is not a Datafabric catalog; move it away, or choose another node name");
  }
  if (h.version != layout::kVersion) {
    throw Failure("LAYOUT", "/dev/shm" + name + " has layout version " + std::to_string(h.version) + ", this server has " +
                                std::to_string(layout::kVersion) + "; start the version that wrote it and export the variables" +
                                " with FABRIC.GET, then `datafabric purge`");
  }
  if (!consistent(h, object.bytes())) {
    throw Failure("LAYOUT", "/dev/shm" + name + " is damaged: its header doesn't fit its size; remove it with `datafabric purge`");
  }
  if (node != std::string(h.node, ::strnlen(h.node, sizeof h.node))) {
    throw Failure("LAYOUT", "/dev/shm" + name + " belongs to another node");
  }
  return Catalog(std::move(object), name);
}

Catalog Catalog::create(const std::string& name, const std::string& node, const CatalogLimits& limits, ObjectAccess access) {
  if (limits.variables_max == 0 || limits.variables_max > 0xfffffff0u || limits.pins_max == 0 || limits.pins_max > 0xfffffff0u ||
      limits.segments_max == 0 || limits.segments_max > 0xffff || limits.string_bytes_max < layout::kStringBlockBytes) {
    throw Failure("ERR", "catalog limits out of range: variables and pins 1 to 4294967280, segments 1 to 65535, strings at least 64 KiB");
  }
  const Header h = plan(limits);
  ShmObject object = ShmObject::create(name, h.catalog_bytes, access);
  if (!object.reserve(0, h.pins_offset)) {
    unlink_object(name);
    throw Failure("OOM", "/dev/shm has no room for the catalog; free some, or in a container raise --shm-size");
  }
  store_shared_bytes<StorePoint::header_written>(object.data(), &h, sizeof h);
  Catalog catalog(std::move(object), name);
  const Header& live = catalog.header();
  store_shared_bytes<StorePoint::header_node>(live.node, node.data(), std::min(node.size(), sizeof live.node - 1));
  // The first step of everything, so that a node whose /dev/shm is full can still pin, delete and tell.
  if (!catalog.grow_pins() || !catalog.grow_descriptors() || !catalog.grow_strings(layout::kStringBlockBytes)) {
    unlink_object(name);
    throw Failure("OOM", "/dev/shm has no room for the catalog; free some, or in a container raise --shm-size");
  }
  store_shared<StorePoint::header_complete>(live.complete, 1);
  return catalog;
}

std::span<const SegmentRecord> Catalog::segments() const {
  return {reinterpret_cast<const SegmentRecord*>(object_.data() + header().segments_offset), header().segments_max};
}

std::span<const PinRecord> Catalog::pins() const {
  return {reinterpret_cast<const PinRecord*>(object_.data() + header().pins_offset), header().pins_ready};
}

std::span<const Descriptor> Catalog::descriptors() const { return {descriptors_, header().variables_ready}; }

template <StorePoint point>
bool Catalog::grow(uint64_t region_offset, uint64_t item_bytes, const uint64_t& ready, uint64_t items_max, uint64_t bytes_min) {
  if (ready >= items_max) return false;
  const uint64_t from = ready * item_bytes;
  const uint64_t to = std::min(std::max(from + layout::kGrowBytes, from + bytes_min), items_max * item_bytes);
  const uint64_t items = to / item_bytes;
  if (items * item_bytes < from + bytes_min) return false;
  if (!object_.reserve(region_offset + from, items * item_bytes - from)) return false;
  store_shared<point>(ready, items);
  return true;
}

Failure Catalog::no_room(const char* item, const char* limit, uint64_t ready, uint64_t items_max) const {
  const std::string what = std::string("the catalog has no room for another ") + item;
  if (ready < items_max) {
    return Failure("OOM", what + ": /dev/shm is full; free some of it or enlarge it (in a container: --shm-size)");
  }
  return Failure("OOM", what + " (" + std::to_string(ready) + " is the limit it was created with); free some, or purge the node and start it with a larger limits." + limit);
}

bool Catalog::grow_pins() {
  return grow<StorePoint::pins_ready>(header().pins_offset, sizeof(PinRecord), header().pins_ready, header().pins_max, sizeof(PinRecord));
}

bool Catalog::grow_descriptors() {
  return grow<StorePoint::variables_ready>(header().variables_offset, sizeof(Descriptor), header().variables_ready, header().variables_max, sizeof(Descriptor));
}

bool Catalog::grow_strings(uint64_t bytes_needed) {
  const uint64_t blocks = (bytes_needed + layout::kStringBlockBytes - 1) / layout::kStringBlockBytes * layout::kStringBlockBytes;
  return grow<StorePoint::string_bytes_ready>(header().strings_offset, 1, header().string_bytes_ready, header().string_bytes_max, blocks);
}

std::string_view Catalog::name(uint32_t entry) const {
  const Descriptor& d = descriptor(entry);
  return {strings() + d.strings, d.name_bytes};
}

std::string_view Catalog::type(uint32_t entry) const {
  const Descriptor& d = descriptor(entry);
  return {strings() + d.strings + d.name_bytes, d.type_bytes};
}

std::string_view Catalog::documentation(uint32_t entry) const {
  const Descriptor& d = descriptor(entry);
  return {strings() + d.strings + d.name_bytes + d.type_bytes, d.documentation_bytes};
}

const Descriptor& Catalog::begin_fill(uint32_t entry) {
  const Descriptor& d = descriptor(entry);
  begin_change(d);
  return d;
}

void Catalog::fill(uint32_t entry, const Filling& filling) {
  const Descriptor& d = begin_fill(entry);
  store_shared<StorePoint::offset>(d.offset, filling.offset);
  store_shared<StorePoint::length>(d.length, filling.length);
  store_shared<StorePoint::xid>(d.xid, filling.xid);
  store_shared<StorePoint::crc32c>(d.crc32c, 0);
  store_shared<StorePoint::name_bytes>(d.name_bytes, filling.name_bytes);
  store_shared<StorePoint::replicas>(d.replicas, filling.replicas);
  store_shared<StorePoint::strings_offset>(d.strings, filling.strings);
  store_shared<StorePoint::type_bytes>(d.type_bytes, filling.type_bytes);
  store_shared<StorePoint::documentation_bytes>(d.documentation_bytes, filling.documentation_bytes);
  store_shared<StorePoint::created_ms>(d.created_ms, filling.created_ms);
}

void Catalog::set_flags(uint32_t entry, uint8_t flags) {
  const uint64_t& word = descriptor(entry).word;
  const uint64_t wanted = uint64_t{flags} << 8;
  const uint64_t current = load(word);
  if ((current & wanted) != wanted) store_shared<StorePoint::exposed>(word, current | wanted);
}

void Catalog::commit(std::span<const WordStore> stores) {
  if (stores.size() > layout::kRedoStoresMax) throw Failure("ERR", "too many changes in one commit");
  const RedoRecord& record = redo();
  const auto* base = object_.data();
  for (size_t i = 0; i < stores.size(); ++i) {
    const uint64_t& target = descriptor(stores[i].entry).*(stores[i].field);
    const auto offset = static_cast<uint64_t>(reinterpret_cast<const uint8_t*>(&target) - base);
    store_shared<StorePoint::redo_offset>(record.stores[i].offset, offset);
    store_shared<StorePoint::redo_value>(record.stores[i].value, stores[i].value);
  }
  const uint32_t sum = crc32c(0, record.stores, stores.size() * sizeof(layout::RedoStore));
  store_shared<StorePoint::redo_validated>(record.head, uint64_t{stores.size()} << 32 | sum);
  apply_redo<StorePoint::redo_applied, StorePoint::redo_cleared>();
}

template <StorePoint applied, StorePoint cleared>
void Catalog::apply_redo() {
  const RedoRecord& record = redo();
  const uint64_t count = record.head >> 32;
  const uint64_t first = header().variables_offset;
  const auto owner = [&](uint64_t i) -> const Descriptor& {
    return descriptors_[(record.stores[i].offset - first) / sizeof(Descriptor)];
  };
  for (uint64_t i = 0; i < count; ++i) begin_change(owner(i));
  for (uint64_t i = 0; i < count; ++i) {
    store_shared<applied>(*reinterpret_cast<const uint64_t*>(object_.data() + record.stores[i].offset), record.stores[i].value);
  }
  for (uint64_t i = 0; i < count; ++i) {
    if (owner(i).seq & 1) end_change<StorePoint::sequence_ended>(owner(i));
  }
  store_shared<cleared>(record.head, 0);
}

bool Catalog::replay() {
  const RedoRecord& record = redo();
  const uint64_t head = load(record.head);
  if (head == 0) return false;
  const uint64_t count = head >> 32;
  if (count > layout::kRedoStoresMax ||
      crc32c(0, record.stores, count * sizeof(layout::RedoStore)) != static_cast<uint32_t>(head)) {
    throw Failure("LAYOUT", "the catalog's redo record is damaged; the variables can't be trusted: remove the node's objects with `datafabric purge`");
  }
  const uint64_t from = header().variables_offset;
  const uint64_t to = from + header().variables_ready * sizeof(Descriptor);
  for (uint64_t i = 0; i < count; ++i) {
    const uint64_t offset = record.stores[i].offset;
    if (offset < from || offset + sizeof(uint64_t) > to || offset % sizeof(uint64_t) != 0) {
      throw Failure("LAYOUT", "the catalog's redo record points outside the descriptors; remove the node's objects with `datafabric purge`");
    }
  }
  apply_redo<StorePoint::replay_applied, StorePoint::replay_cleared>();
  return true;
}

uint64_t Catalog::repair_sequences() {
  uint64_t repaired = 0;
  for (const Descriptor& d : descriptors()) {
    if (d.seq & 1) {
      end_change<StorePoint::sequence_repaired>(d);
      ++repaired;
    }
  }
  return repaired;
}

uint64_t Catalog::next_xid() {
  const Header& h = header();
  // The epoch's counter has 32 bits; a wrap takes the next epoch, as a restart does.
  uint64_t next = h.xid_counter + 1;
  if (next >> 32 != 0) throw Failure("FENCED", "this epoch's ids are used up; restart the node to begin another");
  store_shared<StorePoint::xid_taken>(h.xid_counter, next);
  return h.epoch << 32 | next;
}

uint64_t Catalog::backed_bytes() const {
  const Header& h = header();
  return h.pins_offset + h.pins_ready * sizeof(PinRecord) + h.variables_ready * sizeof(Descriptor) + h.string_bytes_ready;
}

bool read_descriptor(const Descriptor& descriptor, DescriptorCopy& out, int attempts) {
  const auto word = [](const uint64_t& field) { return __atomic_load_n(&field, __ATOMIC_RELAXED); };
  for (int i = 0; i < attempts; ++i) {
    const uint32_t before = __atomic_load_n(&descriptor.seq, __ATOMIC_ACQUIRE);
    if (before & 1) continue;
    out.word = layout::unpack(word(descriptor.word));
    out.offset = word(descriptor.offset);
    out.length = word(descriptor.length);
    out.xid = word(descriptor.xid);
    out.crc32c = __atomic_load_n(&descriptor.crc32c, __ATOMIC_RELAXED);
    __atomic_thread_fence(__ATOMIC_ACQUIRE);
    if (__atomic_load_n(&descriptor.seq, __ATOMIC_RELAXED) == before) return true;
  }
  return false;
}

}  // namespace fabric
