#include "yp/inventory_writer.h"

#include <algorithm>
#include <cstring>

#include "crc32c.h"
#include "failure.h"

namespace fabric::yp {

namespace {

/// Descriptors looked at for one batch, free ones too.
constexpr uint32_t kEntriesMax = 8192;
/// How far ahead names are fetched: they lie anywhere.
constexpr uint32_t kAhead = 8;

bool is_told(const layout::Word& word) { return word.state == layout::State::kSealed && !(word.flags & layout::kHidden); }

/// One batch on its way into the buffer; the names at its end are counted in from the start.
class Writer {
 public:
  Writer(const std::string& node, std::span<uint8_t> buffer) : node_(node), buffer_(buffer), tail_bytes_(node.size()) {}

  /// False when there is no room left.
  bool add(const Location& location, const layout::Descriptor& descriptor, std::string_view name) {
    const auto known = std::find(segments_.begin(), segments_.end(), location.segment);
    const size_t more = known == segments_.end() ? 1 + location.segment->shared_id().size() : 0;
    if (at_ + sizeof(BatchRecord) + name.size() + tail_bytes_ + more > buffer_.size()) return false;
    const auto segment = static_cast<uint16_t>(known - segments_.begin());
    if (more > 0) segments_.push_back(location.segment);
    tail_bytes_ += more;
    const BatchRecord record = {.xid = location.xid,
                                .length = location.length,
                                .offset_units = static_cast<uint32_t>(location.offset / kOffsetUnitBytes),
                                .generation = location.generation,
                                .crc32c = descriptor.crc32c,
                                .segment = segment,
                                .name_bytes = descriptor.name_bytes,
                                .replicas = std::min<uint16_t>(descriptor.replicas, layout::kReplicasMax)};
    put(&record, sizeof record);
    put(name.data(), name.size());
    ++records_;
    return true;
  }

  InventoryStep finish(uint32_t next) {
    BatchHeader header = {};
    std::memcpy(header.magic, kBatchMagic, sizeof header.magic);
    header.version = kBatchVersion;
    header.header_bytes = sizeof header;
    header.records = records_;
    header.records_bytes = static_cast<uint32_t>(at_ - sizeof header);
    header.next = next;
    header.segments = static_cast<uint16_t>(segments_.size());
    header.node_bytes = static_cast<uint16_t>(node_.size());
    put(node_.data(), node_.size());
    for (const Segment* segment : segments_) {
      const auto bytes = static_cast<uint8_t>(segment->shared_id().size());
      put(&bytes, 1);
      put(segment->shared_id().data(), bytes);
    }
    header.batch_bytes = static_cast<uint32_t>(at_);
    std::memcpy(buffer_.data(), &header, sizeof header);
    header.crc32c = fabric::crc32c(0, buffer_.data() + kChecksummedFrom, at_ - kChecksummedFrom);
    std::memcpy(buffer_.data(), &header, sizeof header);
    return {at_, records_, next};
  }

 private:
  void put(const void* bytes, size_t count) {
    std::memcpy(buffer_.data() + at_, bytes, count);
    at_ += count;
  }

  const std::string& node_;
  std::span<uint8_t> buffer_;
  size_t at_ = sizeof(BatchHeader);
  size_t tail_bytes_;
  uint32_t records_ = 0;
  /// Few: variables that were written one after the other lie in the same.
  std::vector<const Segment*> segments_;
};

}  // namespace

InventoryStep write_inventory(Store& store, uint32_t cursor, std::span<uint8_t> buffer) {
  if (buffer.size() < kBatchBytesMin || buffer.size() > kBatchBytesMax) {
    throw Failure("ERR", "an inventory batch takes " + std::to_string(kBatchBytesMin) + " to " + std::to_string(kBatchBytesMax) + " bytes");
  }
  const Catalog& catalog = store.catalog();
  const auto entries = static_cast<uint32_t>(catalog.descriptors().size());
  const uint32_t end = cursor >= entries ? entries : cursor + std::min(entries - cursor, kEntriesMax);
  Writer writer(store.node(), buffer);
  uint32_t entry = cursor;
  for (; entry < end; ++entry) {
    if (entry + kAhead < end && is_told(catalog.word(entry + kAhead))) store.prefetch_name(entry + kAhead);
    if (!is_told(catalog.word(entry))) continue;
    if (!writer.add(store.locate(entry), catalog.descriptor(entry), catalog.name(entry))) break;
  }
  return writer.finish(entry < entries ? entry : 0);
}

}  // namespace fabric::yp
