#include "hot_reads.h"

#include <cstring>

#include "backed.h"
#include "guarded_copy.h"
#include "net/payload_hold.h"
#include "reply_line.h"

namespace fabric {
namespace {

/// A shorter payload costs less to copy than to hold until it is sent.
constexpr uint64_t kCopiedBytesMax = 4096;

}  // namespace

bool HotReads::exists(std::optional<Entry> entry, OutputQueue& output) const {
  output.append(entry ? ":1\r\n" : ":0\r\n");
  return true;
}

bool HotReads::strlen(Store& store, std::optional<Entry> entry, OutputQueue& output) const {
  append_number(':', entry ? store.catalog().descriptor(*entry).length : 0, output);
  return true;
}

bool HotReads::locate(Store& store, std::optional<Entry> entry, uint8_t protocol, OutputQueue& output) const {
  if (!entry) return append_null(protocol, output);
  append_placements(store.locate(*entry), node_, output);
  return true;
}

bool HotReads::get(Store& store, std::optional<Entry> entry, uint8_t protocol, OutputQueue& output) const {
  if (!entry) return append_null(protocol, output);
  const uint64_t length = store.catalog().descriptor(*entry).length;
  if (length <= kCopiedBytesMax) return copy(store, *entry, output);
  // Once the length is queued, an error could only end the connection.
  if (!backed(store, *entry)) return false;
  const uint8_t* payload = store.hold(*entry, 0, length);
  if (payload == nullptr) return false;
  append_number('$', length, output);
  output.append(payload, length, std::make_unique<PayloadHold>(payloads_, *entry));
  output.append("\r\n");
  return true;
}

bool HotReads::copy(Store& store, Entry entry, OutputQueue& output) const {
  const layout::Descriptor& d = store.catalog().descriptor(entry);
  const uint64_t length = d.length;
  uint8_t* room = output.room(ReplyLine::kNumberBytes + length + 2);
  const size_t header_bytes = ReplyLine(room).number('$', length).bytes();
  uint8_t* to = room + header_bytes;
  // On failure nothing has been queued, and the server says what is wrong.
  if (!guarded_copy(to, store.segment_of(entry).data() + d.offset, length)) return false;
  std::memcpy(to + length, "\r\n", 2);
  output.grow(header_bytes + length + 2);
  return true;
}

}  // namespace fabric
