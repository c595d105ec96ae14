#include "variable_index.h"

namespace fabric {

VariableIndex::VariableIndex(const Catalog& catalog, HashKey key)
    : catalog_(catalog), key_(key), names_(NamePolicy{}), xids_(XidPolicy{&catalog}) {}

std::optional<uint32_t> VariableIndex::find(HashedName name) {
  const auto* found = names_.find(name.hash, [&](const NamePolicy::Entry& item) {
    return item.hash == name.hash && catalog_.name(item.slot - 1) == name.name;
  });
  return found == nullptr ? std::nullopt : std::optional(found->slot - 1);
}

std::optional<uint32_t> VariableIndex::likely(HashedName name) {
  const auto* found = names_.find(name.hash, [&](const NamePolicy::Entry& item) { return item.hash == name.hash; });
  return found == nullptr ? std::nullopt : std::optional(found->slot - 1);
}

std::optional<uint32_t> VariableIndex::find_xid(uint64_t xid) {
  const auto* found = xids_.find(XidPolicy::of(xid), [&](uint32_t slot) { return catalog_.descriptor(slot - 1).xid == xid; });
  return found == nullptr ? std::nullopt : std::optional(*found - 1);
}

VariableIndex::NamePolicy::Entry* VariableIndex::find_entry(uint32_t entry) {
  return names_.find(hash(catalog_.name(entry)), [&](const NamePolicy::Entry& item) { return item.slot == entry + 1; });
}

void VariableIndex::add_name(uint32_t entry) { names_.insert({hash(catalog_.name(entry)), entry + 1}); }

void VariableIndex::replace_name(uint32_t former, uint32_t entry) {
  if (auto* found = find_entry(former)) found->slot = entry + 1;
}

void VariableIndex::remove_name(uint32_t entry) {
  if (auto* found = find_entry(entry)) names_.erase(found);
}

void VariableIndex::add_xid(uint32_t entry) { xids_.insert(entry + 1); }

void VariableIndex::remove_xid(uint32_t entry) {
  const auto match = [entry](uint32_t slot) { return slot == entry + 1; };
  if (auto* found = xids_.find(XidPolicy::of(catalog_.descriptor(entry).xid), match)) xids_.erase(found);
}

}  // namespace fabric
