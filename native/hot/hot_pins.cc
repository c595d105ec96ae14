#include "hot_pins.h"

#include "backed.h"
#include "boot_id.h"
#include "canonical_number.h"
#include "clock.h"
#include "hot_names.h"
#include "reply_line.h"

namespace fabric {
namespace {

constexpr size_t kTokenDigits = 16;
/// PTR's labels with what frames them, and its headers.
constexpr size_t kLabelBytes = 256;
constexpr size_t kNumbers = 16;

std::optional<Owner> owner_of(const PlainRequest& request, uint64_t connection) {
  if (request.count == 2) return Owner{layout::OwnerKind::kConnection, connection};
  if (request.count != 4 || !is_word(request.arguments[2], "slot")) return std::nullopt;
  const auto slot = canonical_number(request.arguments[3]);
  return slot ? std::optional(Owner{layout::OwnerKind::kSlot, *slot}) : std::nullopt;
}

}  // namespace

bool HotPins::point(Store& store, std::optional<Entry> entry, const PlainRequest& request, const HotState& state,
                    OutputQueue& output) const {
  const auto owner = owner_of(request, state.connection);
  if (!owner) return false;
  if (!entry) return append_null(state.protocol, output);
  const HotType* type = types_.find(store.catalog().type(*entry));
  // Who maps what isn't there would be killed by it.
  if (type == nullptr || !backed(store, *entry)) return false;
  uint64_t token;
  try {
    token = store.pin(*entry, *owner, boottime_ms());
  } catch (const std::exception&) {
    // The server's attempt will fail alike, and it knows how to say so.
    return false;
  }
  append_pointer(store, *entry, *type, token, state.protocol, output);
  return true;
}

void HotPins::append_pointer(Store& store, Entry entry, const HotType& type, uint64_t token, uint8_t protocol,
                             OutputQueue& output) const {
  const std::string_view name = store.catalog().name(entry);
  const Location at = store.locate(entry);
  const std::string& shared_id = at.segment->shared_id();
  const std::string& boot = boot_id();
  const size_t texts = 2 * node_.size() + kTokenDigits + name.size() + shared_id.size() + boot.size() + type.reading_bytes_max();
  ReplyLine line(output.room(texts + kLabelBytes + kNumbers * ReplyLine::kNumberBytes));
  line.map(13, protocol).bulk("pin").pin(node_, token).bulk("name").bulk(name);
  line.bulk("xid").number(':', at.xid).bulk("generation").number(':', at.generation);
  line.bulk("node").bulk(node_).bulk("shm").bulk(shared_id);
  line.bulk("offset").number(':', at.offset).bulk("length").number(':', at.length);
  line.filled([&](char* to) { return type.append_reading(to, at.length); });
  line.bulk("host").map(3, protocol).bulk("boot_id").bulk(boot);
  line.bulk("inode").number(':', at.segment->inode()).bulk("size").number(':', at.segment->bytes());
  output.grow(line.bytes());
}

bool HotPins::release(Store& store, const PlainRequest& request, OutputQueue& output) const {
  const auto token = token_of(request.arguments[1]);
  if (!token || !store.pinned(*token)) return false;
  append_number(':', store.unpin(*token, boottime_ms()), output);
  return true;
}

std::optional<uint64_t> HotPins::token_of(std::string_view pin) const {
  if (pin.size() != node_.size() + 1 + kTokenDigits || !pin.starts_with(node_) || pin[node_.size()] != ':') return std::nullopt;
  uint64_t token = 0;
  for (const char c : pin.substr(node_.size() + 1)) {
    const bool decimal = c >= '0' && c <= '9';
    if (!decimal && (c < 'a' || c > 'f')) return std::nullopt;
    token = token << 4 | static_cast<uint64_t>(decimal ? c - '0' : c - 'a' + 10);
  }
  return token;
}

}  // namespace fabric
