#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "variable_index.h"

namespace fabric {

/// Where variables of other nodes are: LOCATE's replies as they are sent, by name, each for a time. It holds a bounded number of them; one that is
/// new takes the place of one that is over, or that nobody has asked for lately, among the few its name may stand beside.
///
/// A name costs 12 bytes of table, at most `kEntryBytesMax`, and what the allocator adds; usually about 250 in all.
class PlacementCache {
 public:
  /// Of header, name and reply together; larger ones are not remembered.
  static constexpr size_t kEntryBytesMax = 2048;

  /// At least one; it is rounded up to whole sets.
  explicit PlacementCache(uint64_t names_max);

  void remember(HashedName name, std::string_view reply, uint64_t now_ms, uint64_t ttl_ms);
  void forget(HashedName name);
  /// Takes no longer for more names. Their memory is used again by those to come.
  void forget_all() { ++round_; }

  /// The reply, valid until the next change; nothing: it isn't known, or not any more.
  std::string_view find(HashedName name, uint64_t now_ms);

  /// Fetch, in this order and for many names at a time, the memory that `find` will need.
  void prefetch(HashedName name) const;
  void prefetch_likely(HashedName name) const;

 private:
  /// Followed by the name and the reply.
  struct Entry {
    uint64_t until_ms;
    uint64_t round;
    uint16_t name_bytes;
    uint16_t reply_bytes;
    /// Asked for since all of its set had been.
    bool used;

    const char* text() const { return reinterpret_cast<const char*>(this + 1); }
    std::string_view name() const { return {text(), name_bytes}; }
    std::string_view reply() const { return {text() + name_bytes, reply_bytes}; }
  };
  struct Free {
    void operator()(Entry* entry) const { ::operator delete(entry); }
  };
  using Owned = std::unique_ptr<Entry, Free>;

  /// A name stands in the set of its hash, at any place of it. The hashes fill one cache line.
  static constexpr size_t kWays = 16;
  struct alignas(64) Set {
    std::array<uint32_t, kWays> hashes;
    std::array<Owned, kWays> entries;
  };

  static Owned make(HashedName name, std::string_view reply, uint64_t until_ms, uint64_t round);
  Set& set_of(HashedName name) { return sets_[index_of(name)]; }
  size_t index_of(HashedName name) const { return uint64_t{name.hash} * sets_.size() >> 32; }
  bool over(const Entry& entry, uint64_t now_ms) const { return entry.round != round_ || entry.until_ms <= now_ms; }
  /// nullptr: it isn't there.
  static Owned* place_of(Set& set, HashedName name);
  size_t place_for_another(Set& set, uint64_t now_ms);

  std::vector<Set> sets_;
  uint64_t round_ = 0;
  /// Where the search for another to forget begins, in all sets.
  size_t hand_ = 0;
};

}  // namespace fabric
