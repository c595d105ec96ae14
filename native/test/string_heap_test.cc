#include "string_heap.h"

#include <map>

#include "check.h"
#include "layout.h"

using namespace fabric;
using fabric::test::random_between;

namespace {

constexpr uint64_t kRegionBytes = 64 * layout::kStringBlockBytes;

std::function<uint64_t(uint64_t)> growing(uint64_t& backed) {
  return [&backed](uint64_t bytes) {
    const uint64_t blocks = (bytes + layout::kStringBlockBytes - 1) / layout::kStringBlockBytes;
    if (backed + blocks * layout::kStringBlockBytes <= kRegionBytes) backed += blocks * layout::kStringBlockBytes;
    return backed;
  };
}

uint64_t random_bytes() {
  switch (random_between(0, 9)) {
    case 0: return random_between(1, 200000);
    case 1: return random_between(1, 32768);
    default: return random_between(1, 200);
  }
}

}  // namespace

TEST(string_heap_never_hands_a_place_out_twice) {
  uint64_t backed = 0;
  StringHeap heap(0, growing(backed));
  std::map<uint64_t, uint64_t> held;
  for (int step = 0; step < 50000; ++step) {
    if (random_between(0, 1) == 0 || held.empty()) {
      const uint64_t bytes = random_bytes();
      const auto offset = heap.allocate(bytes);
      if (!offset) continue;
      CHECK(*offset + bytes <= backed);
      const auto after = held.lower_bound(*offset);
      CHECK(after == held.end() || *offset + bytes <= after->first);
      CHECK(after == held.begin() || std::prev(after)->first + std::prev(after)->second <= *offset);
      held[*offset] = bytes;
    } else {
      auto victim = held.lower_bound(random_between(0, backed));
      if (victim == held.end()) victim = held.begin();
      heap.release(victim->first, victim->second);
      held.erase(victim);
    }
  }
  // Rebuilt from what is held, it knows the same places as taken.
  StringHeap rebuilt(backed, growing(backed));
  for (const auto& [offset, bytes] : held) CHECK(rebuilt.claim(offset, bytes));
  for (const auto& [offset, bytes] : held) CHECK(!rebuilt.claim(offset, bytes));
  CHECK_EQ(rebuilt.used_bytes(), heap.used_bytes());
  for (int i = 0; i < 2000; ++i) {
    const uint64_t bytes = random_bytes();
    const auto offset = rebuilt.allocate(bytes);
    if (!offset) break;
    const auto after = held.lower_bound(*offset);
    CHECK(after == held.end() || *offset + bytes <= after->first);
    held[*offset] = bytes;
  }
}

TEST(string_heap_gives_everything_back) {
  uint64_t backed = 0;
  StringHeap heap(0, growing(backed));
  for (int round = 0; round < 20; ++round) {
    std::vector<std::pair<uint64_t, uint64_t>> held;
    for (;;) {
      const uint64_t bytes = random_bytes();
      const auto offset = heap.allocate(bytes);
      if (!offset) break;
      held.push_back({*offset, bytes});
    }
    for (const auto& [offset, bytes] : held) heap.release(offset, bytes);
    CHECK_EQ(heap.used_bytes(), uint64_t{0});
  }
  CHECK(heap.metadata_bytes() < 64 * 1024);
}

TEST(string_heap_refuses_places_outside) {
  uint64_t backed = layout::kStringBlockBytes;
  StringHeap heap(backed, growing(backed));
  CHECK(!heap.claim(layout::kStringBlockBytes, 10));
  CHECK(!heap.claim(8, 10));
  CHECK(!heap.claim(0, 2 * layout::kStringBlockBytes));
  CHECK(heap.claim(16, 10));
  CHECK(!heap.claim(32, 100));
}
