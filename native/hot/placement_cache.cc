#include "placement_cache.h"

#include <cstring>
#include <new>

namespace fabric {

PlacementCache::PlacementCache(uint64_t names_max) : sets_((names_max + kWays - 1) / kWays) {}

PlacementCache::Owned PlacementCache::make(HashedName name, std::string_view reply, uint64_t until_ms, uint64_t round) {
  const size_t bytes = sizeof(Entry) + name.name.size() + reply.size();
  if (bytes > kEntryBytesMax) return nullptr;
  auto* entry = new (::operator new(bytes))
      Entry{until_ms, round, static_cast<uint16_t>(name.name.size()), static_cast<uint16_t>(reply.size()), false};
  auto* text = reinterpret_cast<char*>(entry + 1);
  std::memcpy(text, name.name.data(), name.name.size());
  std::memcpy(text + name.name.size(), reply.data(), reply.size());
  return Owned(entry);
}

PlacementCache::Owned* PlacementCache::place_of(Set& set, HashedName name) {
  for (size_t i = 0; i < kWays; ++i) {
    if (set.hashes[i] == name.hash && set.entries[i] && set.entries[i]->name() == name.name) return &set.entries[i];
  }
  return nullptr;
}

size_t PlacementCache::place_for_another(Set& set, uint64_t now_ms) {
  for (size_t i = 0; i < kWays; ++i) {
    if (!set.entries[i] || over(*set.entries[i], now_ms)) return i;
  }
  for (size_t passed = 0; passed < kWays; ++passed) {
    const size_t i = hand_++ % kWays;
    if (!set.entries[i]->used) return i;
  }
  for (const Owned& entry : set.entries) entry->used = false;
  return hand_++ % kWays;
}

void PlacementCache::remember(HashedName name, std::string_view reply, uint64_t now_ms, uint64_t ttl_ms) {
  Owned entry = make(name, reply, now_ms + ttl_ms, round_);
  Set& set = set_of(name);
  if (Owned* known = place_of(set, name)) {
    if (entry) entry->used = (*known)->used;
    *known = std::move(entry);
    return;
  }
  if (!entry) return;
  const size_t place = place_for_another(set, now_ms);
  set.hashes[place] = name.hash;
  set.entries[place] = std::move(entry);
}

void PlacementCache::forget(HashedName name) {
  if (Owned* known = place_of(set_of(name), name)) known->reset();
}

std::string_view PlacementCache::find(HashedName name, uint64_t now_ms) {
  const Owned* known = place_of(set_of(name), name);
  if (known == nullptr || over(**known, now_ms)) return {};
  (*known)->used = true;
  return (*known)->reply();
}

void PlacementCache::prefetch(HashedName name) const {
  constexpr size_t kLineBytes = 64;
  const auto* lines = reinterpret_cast<const char*>(&sets_[index_of(name)]);
  for (size_t at = 0; at < sizeof(Set); at += kLineBytes) __builtin_prefetch(lines + at);
}

void PlacementCache::prefetch_likely(HashedName name) const {
  const Set& set = sets_[index_of(name)];
  for (size_t i = 0; i < kWays; ++i) {
    if (set.hashes[i] != name.hash || !set.entries[i]) continue;
    const auto* entry = reinterpret_cast<const char*>(set.entries[i].get());
    __builtin_prefetch(entry);
    __builtin_prefetch(entry + 64);
    __builtin_prefetch(entry + 128);
  }
}

}  // namespace fabric
