#include "hot_writes.h"

#include <algorithm>

#include "clock.h"
#include "crc32c.h"
#include "hot_names.h"

namespace fabric {
namespace {

bool ascii(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

}  // namespace

std::optional<HotWrites::Draft> HotWrites::set(const PlainRequest& request) {
  if (request.count != 3) return std::nullopt;
  const auto& [command, name, value, a, b, c, d] = request.arguments;
  return Draft{{name, "bytes", ""}, value, request.last_bytes, true, false};
}

std::optional<HotWrites::Draft> HotWrites::insert(const PlainRequest& request) {
  const auto& words = request.arguments;
  const unsigned count = request.count;
  // With exactly four arguments the fourth is the payload; otherwise keywords end with BYTES.
  if (count < 5) return std::nullopt;
  if (count > 5 && !is_word(words[count - 2], "bytes")) return std::nullopt;
  if (count == 7 && !is_word(words[4], "replace")) return std::nullopt;
  return Draft{{words[1], words[3], words[2]}, words[count - 1], request.last_bytes, count == 7, true};
}

bool HotWrites::plain(const Draft& draft) const {
  const Strings& strings = draft.strings;
  if (!plain_name(strings.name) || draft.length > limits_.bulk_bytes_max) return false;
  if (strings.documentation.size() > limits_.documentation_bytes_max || !ascii(strings.documentation)) return false;
  const HotType* type = types_.find(strings.type);
  return type != nullptr && type->allows(draft.length);
}

std::optional<Entry> HotWrites::store(Store& store, const Draft& draft) const {
  if (!plain(draft)) return std::nullopt;
  try {
    return store.insert(draft.strings, draft.payload.data(), draft.length, draft.replace ? layout::kReplace : 0, boottime_ms());
  } catch (const Damage&) {
    throw;
  } catch (const std::exception&) {
    // The server's attempt will fail alike, and it knows how to say so.
    return std::nullopt;
  }
}

std::optional<HotBulk> HotWrites::begin(Store& store, const Draft& draft) const {
  if (!plain(draft)) return std::nullopt;
  const uint64_t reserved = store.counts().reserved_bytes;
  if (reserved > limits_.reserved_bytes_max || draft.length > limits_.reserved_bytes_max - reserved) return std::nullopt;
  Entry entry;
  try {
    entry = store.reserve(draft.strings, draft.length, draft.replace ? layout::kReplace : 0, std::nullopt, boottime_ms());
  } catch (const std::exception&) {
    return std::nullopt;
  }
  HotBulk bulk{entry, draft.length, draft.payload.size(), 0, draft.placements};
  try {
    store.write(entry, 0, draft.payload.data(), draft.payload.size());
    bulk.crc32c = crc32c(0, draft.payload.data(), draft.payload.size());
  } catch (const Failure& failure) {
    store.abort(entry, boottime_ms());
    bulk.refused = failure;
  }
  return bulk;
}

}  // namespace fabric
