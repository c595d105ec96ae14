#include "hot/placement_cache.h"

#include <map>
#include <string>

#include "check.h"
#include "siphash.h"

using namespace fabric;
using fabric::test::random_between;

namespace {

HashedName hashed(const std::string& name) { return {name, static_cast<uint32_t>(siphash13({1, 2}, name) >> 32)}; }

uint64_t known_of(PlacementCache& cache, int from, int to) {
  uint64_t known = 0;
  for (int i = from; i < to; ++i) {
    const std::string name = "n" + std::to_string(i);
    const std::string_view reply = cache.find(hashed(name), 0);
    if (!reply.empty()) CHECK_EQ(std::string(reply), "reply " + name);
    known += !reply.empty();
  }
  return known;
}

void remember(PlacementCache& cache, int from, int to) {
  for (int i = from; i < to; ++i) {
    const std::string name = "n" + std::to_string(i);
    cache.remember(hashed(name), "reply " + name, 0, 1);
  }
}

}  // namespace

TEST(placement_cache_remembers_for_a_time) {
  PlacementCache cache(1);
  cache.remember(hashed("a"), "first", 0, 1000);
  CHECK_EQ(std::string(cache.find(hashed("a"), 999)), "first");
  CHECK(cache.find(hashed("a"), 1000).empty());
  CHECK(cache.find(hashed("b"), 0).empty());
  cache.remember(hashed("a"), "second", 1000, 1000);
  CHECK_EQ(std::string(cache.find(hashed("a"), 1000)), "second");
  cache.forget(hashed("b"));
  cache.forget(hashed("a"));
  CHECK(cache.find(hashed("a"), 0).empty());
}

TEST(placement_cache_tells_names_of_one_hash_apart) {
  PlacementCache cache(1);
  cache.remember({"a", 7}, "of a", 0, 1);
  cache.remember({"b", 7}, "of b", 0, 1);
  CHECK_EQ(std::string(cache.find({"a", 7}, 0)), "of a");
  CHECK_EQ(std::string(cache.find({"b", 7}, 0)), "of b");
  cache.forget({"a", 7});
  CHECK(cache.find({"a", 7}, 0).empty());
  CHECK_EQ(std::string(cache.find({"b", 7}, 0)), "of b");
}

TEST(placement_cache_forgets_all_at_once) {
  PlacementCache cache(1000);
  remember(cache, 0, 500);
  cache.forget_all();
  CHECK_EQ(known_of(cache, 0, 500), uint64_t{0});
  remember(cache, 0, 10);
  CHECK_EQ(known_of(cache, 0, 500), uint64_t{10});
}

TEST(placement_cache_holds_about_as_many_as_it_is_for_and_no_more) {
  constexpr int kNames = 16 * 1000;
  PlacementCache cache(kNames);
  remember(cache, 0, kNames);
  PlacementCache once(kNames);
  remember(once, 0, kNames);
  CHECK(known_of(once, 0, kNames) > kNames * 85 / 100);
  remember(cache, kNames, 10 * kNames);
  CHECK(known_of(cache, 9 * kNames, 10 * kNames) > kNames / 2);
  CHECK(known_of(cache, 0, 10 * kNames) <= kNames);
}

// What is asked for again and again stays while a stream of names passes that nobody asks for.
TEST(placement_cache_keeps_what_is_asked_for) {
  PlacementCache cache(1024);
  remember(cache, 0, 100);
  uint64_t known = 0;
  for (int i = 0; i < 100; ++i) {
    known += known_of(cache, 0, 100);
    remember(cache, 0, 100);
    remember(cache, 1000 + 100 * i, 1100 + 100 * i);
  }
  CHECK(known > 9900);
}

TEST(placement_cache_uses_the_places_of_those_whose_time_is_over) {
  constexpr int kPlaces = 16;
  PlacementCache cache(kPlaces);
  remember(cache, 0, kPlaces);
  CHECK_EQ(known_of(cache, 0, kPlaces), uint64_t{kPlaces});
  for (const std::string name : {"a", "b", "c"}) cache.remember(hashed(name), name, 1, 1);
  for (const std::string name : {"a", "b", "c"}) CHECK_EQ(std::string(cache.find(hashed(name), 1)), name);
}

// Their first askers come later than the names that were asked for before.
TEST(placement_cache_turns_to_other_names) {
  constexpr int kNames = 16 * 100;
  PlacementCache cache(kNames);
  remember(cache, 0, kNames);
  known_of(cache, 0, kNames);
  for (int round = 0; round < 20; ++round) {
    for (int i = kNames; i < 2 * kNames; ++i) {
      if (known_of(cache, i, i + 1) == 0) remember(cache, i, i + 1);
      known_of(cache, i, i + 1);
    }
  }
  CHECK(known_of(cache, kNames, 2 * kNames) > kNames * 80 / 100);
}

TEST(placement_cache_remembers_nothing_of_more_than_its_bound) {
  PlacementCache cache(1);
  const std::string name(512, 'n');
  cache.remember(hashed(name), std::string(PlacementCache::kEntryBytesMax - 512 - 24, 'r'), 0, 1);
  CHECK(!cache.find(hashed(name), 0).empty());
  // What was known of it isn't true any more.
  cache.remember(hashed(name), std::string(PlacementCache::kEntryBytesMax - 512, 'r'), 0, 1);
  CHECK(cache.find(hashed(name), 0).empty());
}

TEST(placement_cache_tells_nothing_that_was_not_the_last_told) {
  PlacementCache cache(64);
  std::map<std::string, std::pair<std::string, uint64_t>> model;
  uint64_t now_ms = 0;
  for (int i = 0; i < 200000; ++i) {
    const std::string name = "n" + std::to_string(random_between(0, 200));
    switch (random_between(0, 9)) {
      case 0:
      case 1:
      case 2: {
        const std::string reply(random_between(1, 300), static_cast<char>('a' + random_between(0, 25)));
        const uint64_t until_ms = now_ms + random_between(0, 50);
        cache.remember(hashed(name), reply, now_ms, until_ms - now_ms);
        model[name] = {reply, until_ms};
        break;
      }
      case 3:
        cache.forget(hashed(name));
        model.erase(name);
        break;
      case 4:
        ++now_ms;
        if (random_between(0, 1000) > 0) break;
        cache.forget_all();
        model.clear();
        break;
      default: {
        cache.prefetch(hashed(name));
        cache.prefetch_likely(hashed(name));
        const std::string_view found = cache.find(hashed(name), now_ms);
        if (found.empty()) break;
        const auto known = model.find(name);
        CHECK(known != model.end() && known->second.first == found && known->second.second > now_ms);
      }
    }
  }
}
