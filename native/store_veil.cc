/// Variables that their names don't find for now: another one of the name is about to take their place, or has it elsewhere.
#include "store.h"

namespace fabric {

using layout::State;
using layout::Word;

std::optional<Entry> Store::sealed_of(uint64_t xid) {
  const auto entry = index_.find_xid(xid);
  return entry && state(*entry) == State::kSealed ? entry : std::nullopt;
}

bool Store::lift_veil(Entry entry) {
  const auto [begin, end] = veiled_.equal_range(catalog_.name(entry));
  for (auto at = begin; at != end; ++at) {
    if (at->second != entry) continue;
    veiled_.erase(at);
    return true;
  }
  return false;
}

bool Store::veil(uint64_t xid) {
  const auto entry = sealed_of(xid);
  if (!entry) return false;
  lift_veil(*entry);
  veiled_.emplace(catalog_.name(*entry), *entry);
  index_.remove_name(*entry);
  return true;
}

bool Store::unveil(uint64_t xid) {
  const auto entry = sealed_of(xid);
  if (!entry) return false;
  const auto visible = index_.find(catalog_.name(*entry));
  if (visible) return visible == entry;
  if (lift_veil(*entry)) index_.add_name(*entry);
  return true;
}

void Store::unveil_all() {
  std::vector<uint64_t> xids;
  for (const auto& [_, entry] : veiled_) xids.push_back(catalog_.descriptor(entry).xid);
  for (const uint64_t xid : xids) unveil(xid);
}

bool Store::remove_xid(uint64_t xid, uint64_t now_ms) {
  const auto entry = sealed_of(xid);
  if (!entry) return false;
  Word word = catalog_.word(*entry);
  word.state = State::kRemoved;
  catalog_.commit<StorePoint::removed>(*entry, word);
  uncount_sealed(*entry);
  if (!lift_veil(*entry)) index_.remove_name(*entry);
  retire(*entry, now_ms);
  return true;
}

}  // namespace fabric
