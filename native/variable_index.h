#pragma once
/// Finds descriptors by name and by xid. Private to the server and rebuilt from the descriptors at open.
#include <cstdint>
#include <optional>
#include <string_view>

#include "catalog.h"
#include "probe_table.h"
#include "siphash.h"

namespace fabric {

struct HashedName {
  std::string_view name;
  uint32_t hash;
};

class VariableIndex {
 public:
  VariableIndex(const Catalog& catalog, HashKey key);

  HashedName hashed(std::string_view name) const { return {name, hash(name)}; }
  std::optional<uint32_t> find(HashedName name);
  std::optional<uint32_t> find(std::string_view name) { return find(hashed(name)); }
  void prefetch(HashedName name) const { names_.prefetch(name.hash); }
  /// The first entry of the same hash: nearly always the one that `find` finds, and much cheaper.
  std::optional<uint32_t> likely(HashedName name);
  std::optional<uint32_t> find_xid(uint64_t xid);

  void add_name(uint32_t entry);
  /// The name now means `entry`, no longer `former`.
  void replace_name(uint32_t former, uint32_t entry);
  void remove_name(uint32_t entry);
  void add_xid(uint32_t entry);
  void remove_xid(uint32_t entry);

  uint64_t names() const { return names_.size(); }
  size_t bytes() const { return names_.bytes() + xids_.bytes(); }

  /// Calls `visit(entry)` for the names of one stretch of the hash order from `cursor`; returns the next cursor, 2^32 at the end.
  template <class Visit>
  uint64_t visit(uint64_t cursor, const Visit& visit) const {
    return names_.visit(cursor, [&](const NamePolicy::Entry& item) { visit(item.slot - 1); });
  }

 private:
  struct NamePolicy {
    /// `slot` is the entry plus one, 0 when empty.
    struct Entry {
      uint32_t hash;
      uint32_t slot;
    };
    bool empty(const Entry& item) const { return item.slot == 0; }
    uint32_t hash(const Entry& item) const { return item.hash; }
  };
  struct XidPolicy {
    using Entry = uint32_t;
    const Catalog* catalog;
    bool empty(uint32_t slot) const { return slot == 0; }
    uint32_t hash(uint32_t slot) const { return of(catalog->descriptor(slot - 1).xid); }
    static uint32_t of(uint64_t xid) { return static_cast<uint32_t>((xid * 0x9e3779b97f4a7c15) >> 32); }
  };

  uint32_t hash(std::string_view name) const { return static_cast<uint32_t>(siphash13(key_, name) >> 32); }
  NamePolicy::Entry* find_entry(uint32_t entry);

  const Catalog& catalog_;
  HashKey key_;
  ProbeTable<NamePolicy> names_;
  ProbeTable<XidPolicy> xids_;
};

}  // namespace fabric
