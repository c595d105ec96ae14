#include "yp/inventory_reader.h"

#include <algorithm>
#include <cstring>

#include "crc32c.h"
#include "failure.h"
#include "layout.h"
#include "yp/inventory_format.h"

namespace fabric::yp {

namespace {

/// How many names are fetched into the cache together.
constexpr size_t kTogether = 16;

[[noreturn]] void refuse(const std::string& why) {
  throw Failure("ERR", "the inventory batch " + why + "; ask the node for it again");
}

template <class Item>
Item item_at(std::span<const uint8_t> bytes, size_t at) {
  Item item;
  std::memcpy(&item, bytes.data() + at, sizeof item);
  return item;
}

std::string_view text_at(std::span<const uint8_t> bytes, size_t at, size_t count) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, count};
}

BatchHeader checked_header(std::span<const uint8_t> batch) {
  if (batch.size() < sizeof(BatchHeader) || batch.size() > kBatchBytesMax) refuse("has no valid length");
  const auto header = item_at<BatchHeader>(batch, 0);
  if (std::memcmp(header.magic, kBatchMagic, sizeof kBatchMagic) != 0) refuse("is none");
  if (header.version != kBatchVersion) {
    throw Failure("LAYOUT", "the node writes inventories of version " + std::to_string(header.version) + ", this coordinator reads " +
                                std::to_string(kBatchVersion) + ": run the same release on both");
  }
  if (header.header_bytes != sizeof(BatchHeader) || header.batch_bytes != batch.size()) refuse("was cut short");
  if (header.crc32c != crc32c(0, batch.data() + kChecksummedFrom, batch.size() - kChecksummedFrom)) refuse("is damaged (crc32c)");
  return header;
}

/// Throws unless every record lies in its region, and the region is used up. Right checksums prove no good intentions.
void check_records(std::span<const uint8_t> region, const BatchHeader& header) {
  size_t at = 0;
  for (uint32_t i = 0; i < header.records; ++i) {
    if (region.size() - at < sizeof(BatchRecord)) refuse("has fewer records than it says");
    const auto record = item_at<BatchRecord>(region, at);
    at += sizeof record;
    if (record.xid == 0 || record.xid > kXidMax) refuse("has an xid that can't be");
    if (record.name_bytes == 0 || record.name_bytes > layout::kNameBytesMax) refuse("has a name that can't be");
    if (record.segment >= header.segments) refuse("names a segment that it doesn't list");
    const uint64_t arena_bytes = (uint64_t{1} << 32) * kOffsetUnitBytes;
    if (record.length > arena_bytes - record.offset_units * kOffsetUnitBytes) refuse("has a variable beyond any segment");
    if (region.size() - at < record.name_bytes) refuse("has a name beyond its end");
    at += record.name_bytes;
  }
  if (at != region.size()) refuse("has more bytes than records");
}

std::vector<std::string_view> checked_segments(std::span<const uint8_t> region, const BatchHeader& header) {
  std::vector<std::string_view> names;
  size_t at = 0;
  for (uint32_t i = 0; i < header.segments; ++i) {
    if (at == region.size() || region.size() - at - 1 < region[at]) refuse("lacks names of segments");
    names.push_back(text_at(region, at + 1, region[at]));
    at += 1 + size_t{region[at]};
    if (!is_shared_id(names.back())) refuse("has a segment's name that can't be");
  }
  if (at != region.size()) refuse("has bytes after its end");
  return names;
}

/// The segments of a batch in the directory, for as long as it is taken in.
class Segments {
 public:
  Segments(Directory& directory, uint32_t node, const std::vector<std::string_view>& names) : directory_(directory) {
    for (const std::string_view name : names) numbers_.push_back(directory.acquire_segment(node, name));
  }
  ~Segments() {
    for (const uint32_t number : numbers_) directory_.release_segment(number);
  }
  Segments(const Segments&) = delete;
  Segments& operator=(const Segments&) = delete;
  uint32_t operator[](uint16_t i) const { return numbers_[i]; }

 private:
  Directory& directory_;
  std::vector<uint32_t> numbers_;
};

void note(TakenIn& taken, Adopted adopted, std::string_view name, uint64_t xid) {
  switch (adopted) {
    case Adopted::kPublished: return;
    case Adopted::kConflict: taken.conflicts.push_back({std::string(name), xid}); return;
    case Adopted::kRefused: taken.refused.push_back({std::string(name), xid}); return;
    case Adopted::kRemoved: taken.removed.push_back({std::string(name), xid}); return;
  }
}

void adopt_records(YellowPages& pages, std::span<const uint8_t> region, uint32_t records, const Segments& segments, TakenIn& taken) {
  struct Item {
    BatchRecord record;
    Hashed name;
  };
  std::array<Item, kTogether> items;
  size_t at = 0;
  for (uint32_t left = records; left > 0;) {
    const size_t count = std::min<size_t>(left, kTogether);
    for (size_t i = 0; i < count; ++i) {
      Item& item = items[i];
      item.record = item_at<BatchRecord>(region, at);
      item.name = pages.hashed(text_at(region, at + sizeof(BatchRecord), item.record.name_bytes));
      pages.prefetch(item.name);
      at += sizeof(BatchRecord) + item.record.name_bytes;
    }
    for (size_t i = 0; i < count; ++i) {
      const auto& [record, name] = items[i];
      const uint64_t offset = record.offset_units * kOffsetUnitBytes;
      const Content content = {record.length, record.crc32c, record.replicas};
      note(taken, pages.adopt(name, record.xid, content, segments[record.segment], offset, record.generation), name.name, record.xid);
      ++taken.records;
    }
    left -= static_cast<uint32_t>(count);
  }
}

}  // namespace

TakenIn take_in(YellowPages& pages, std::string_view node, std::span<const uint8_t> batch) {
  const BatchHeader header = checked_header(batch);
  const size_t after_header = batch.size() - sizeof(BatchHeader);
  if (header.records_bytes > after_header || header.node_bytes > after_header - header.records_bytes) refuse("was cut short");
  const auto records = batch.subspan(sizeof(BatchHeader), header.records_bytes);
  const size_t names_at = sizeof(BatchHeader) + header.records_bytes;
  if (text_at(batch, names_at, header.node_bytes) != node) refuse("is another node's");
  check_records(records, header);
  const auto names = checked_segments(batch.subspan(names_at + header.node_bytes), header);
  const Segments segments(pages.directory(), pages.directory().node(node), names);
  TakenIn taken;
  taken.next = header.next;
  adopt_records(pages, records, header.records, segments, taken);
  return taken;
}

}  // namespace fabric::yp
