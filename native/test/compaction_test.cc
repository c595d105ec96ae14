#include "compaction.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "check.h"

using namespace fabric;
using fabric::test::random_between;
using fabric::test::random_source;

namespace {

constexpr uint64_t kMiB = 1 << 20;

/** A store in small: extents with contents, pins, and a quarantine that the test ends. */
class Store {
 public:
  explicit Store(uint64_t arena_bytes)
      : extents(arena_bytes),
        memory_(arena_bytes),
        compaction(
            extents, [this](uint32_t owner) { return records_[owner].state == State::kLive && !records_[owner].pinned; },
            [this](uint32_t owner) { return records_[owner].state == State::kLeaving; }) {}

  bool insert(uint64_t bytes) {
    auto id = static_cast<uint32_t>(records_.size());
    auto extent = extents.allocate(bytes, id);
    if (!extent) return false;
    records_.push_back({extent->node, bytes, random_source()(), State::kLive, false, extent->offset});
    write(id, extent->offset);
    live.push_back(id);
    return true;
  }

  void remove_random() {
    size_t at = random_between(0, live.size() - 1);
    uint32_t id = live[at];
    extents.release(records_[id].node);
    records_[id].state = State::kGone;
    live[at] = live.back();
    live.pop_back();
  }

  void pin_some(unsigned percent) {
    for (uint32_t id : live) {
      records_[id].pinned = random_between(0, 99) < percent;
      records_[id].pinned_at = extents.offset(records_[id].node);
    }
  }

  void unpin_all() {
    for (uint32_t id : live) records_[id].pinned = false;
  }

  /** Copies as the fabric does; the source goes to quarantine or is free at once. */
  void carry_out(const PlannedMove& move, bool quarantine) {
    uint64_t from = extents.offset(move.from_node);
    uint64_t to = extents.offset(move.to_node);
    uint64_t bytes = extents.bytes(move.from_node);
    uint32_t id = extents.owner(move.from_node);
    CHECK_EQ(extents.owner(move.to_node), id);
    CHECK(records_[id].state == State::kLive);
    CHECK(!records_[id].pinned);
    CHECK_EQ(records_[id].node, move.from_node);
    CHECK_EQ(extents.bytes(move.to_node), bytes);
    CHECK(to + bytes <= from || from + bytes <= to);
    memcpy(&memory_[to], &memory_[from], bytes);
    records_[id].node = move.to_node;
    if (!quarantine) return extents.release(move.from_node);
    auto ghost = static_cast<uint32_t>(records_.size());
    records_.push_back({move.from_node, bytes, 0, State::kLeaving, false, 0});
    extents.set_owner(move.from_node, ghost);
    quarantine_.push_back(ghost);
  }

  bool end_quarantine() {
    for (uint32_t ghost : quarantine_) extents.release(records_[ghost].node);
    bool any = !quarantine_.empty();
    for (uint32_t ghost : quarantine_) records_[ghost].state = State::kGone;
    quarantine_.clear();
    return any;
  }

  /** Everything that can be done until the quarantine ends. Fails when it doesn't come to an end. */
  uint64_t compact(unsigned quarantine_percent) {
    uint64_t moves = 0;
    for (uint64_t calls = 0;; calls++) {
      CHECK(calls < 1'000'000);
      if (auto move = compaction.next()) {
        moves++;
        carry_out(*move, random_between(0, 99) < quarantine_percent);
      } else if (!compaction.more()) {
        return moves;
      }
    }
  }

  uint64_t compact_to_the_end(unsigned quarantine_percent) {
    compaction.begin();
    uint64_t moves = 0;
    for (int rounds = 0;; rounds++) {
      CHECK(rounds < 1000);
      moves += compact(quarantine_percent);
      if (!end_quarantine()) return moves;
    }
  }

  void check_contents() const {
    for (uint32_t id : live) {
      const Record& record = records_[id];
      CHECK(extents.is_used(record.node));
      CHECK_EQ(extents.owner(record.node), id);
      uint64_t offset = extents.offset(record.node);
      if (record.pinned) CHECK_EQ(offset, record.pinned_at);
      CHECK(memcmp(&memory_[offset], &record.mark, sizeof record.mark) == 0);
      CHECK(memcmp(&memory_[offset + extents.bytes(record.node) - sizeof record.mark], &record.mark,
                   sizeof record.mark) == 0);
    }
  }

  ExtentAllocator extents;
  std::vector<uint32_t> live;

 private:
  enum class State { kLive, kLeaving, kGone };
  struct Record {
    uint32_t node;
    uint64_t bytes;
    uint64_t mark;
    State state;
    bool pinned;
    uint64_t pinned_at;
  };

  /** Both ends carry the mark. */
  void write(uint32_t id, uint64_t offset) {
    const Record& record = records_[id];
    memcpy(&memory_[offset], &record.mark, sizeof record.mark);
    memcpy(&memory_[offset + extents.bytes(record.node) - sizeof record.mark], &record.mark, sizeof record.mark);
  }

  std::vector<uint8_t> memory_;
  std::vector<Record> records_;
  std::vector<uint32_t> quarantine_;

 public:
  Compaction compaction;
};

uint64_t random_size(uint64_t low, uint64_t high) {
  double exponent = std::uniform_real_distribution<>(std::log(low), std::log(high))(random_source());
  return static_cast<uint64_t>(std::exp(exponent));
}

/** Fills to the first failure, then takes out a share. */
void fragment(Store& store, uint64_t size_max, unsigned remove_percent) {
  while (store.insert(random_size(64, size_max))) {
  }
  for (size_t left = store.live.size() * remove_percent / 100; left > 0; left--) store.remove_random();
}

}  // namespace

TEST(nothing_to_do) {
  Store empty(kMiB);
  CHECK_EQ(empty.compact_to_the_end(0), 0u);
  Store packed(kMiB);
  while (packed.insert(1000)) {
  }
  CHECK_EQ(packed.compact_to_the_end(0), 0u);
  Store one(kMiB);
  CHECK(one.insert(1000));
  CHECK_EQ(one.compact_to_the_end(0), 0u);
}

TEST(without_pins_one_hole_remains) {
  for (unsigned quarantine : {0, 50, 100}) {
    Store store(64 * kMiB);
    fragment(store, kMiB, 30);
    uint64_t free = store.extents.free_bytes();
    CHECK(store.extents.largest_free() < free / 2);
    CHECK(store.compact_to_the_end(quarantine) > 0);
    store.check_contents();
    CHECK(store.extents.check());
    CHECK_EQ(store.extents.free_bytes(), free);
    CHECK(store.extents.largest_free() >= free / 10 * 9);
  }
}

TEST(pinned_extents_stay_and_the_holes_gather_in_the_largest_bays) {
  for (unsigned quarantine : {0, 50, 100}) {
    Store store(64 * kMiB);
    fragment(store, kMiB, 30);
    store.pin_some(10);
    uint64_t before = store.extents.largest_free();
    CHECK(store.compact_to_the_end(quarantine) > 0);
    store.check_contents();
    CHECK(store.extents.check());
    CHECK(store.extents.largest_free() > before);
  }
}

TEST(what_all_is_pinned_stays) {
  Store store(16 * kMiB);
  fragment(store, kMiB, 50);
  store.pin_some(100);
  CHECK_EQ(store.compact_to_the_end(50), 0u);
  store.check_contents();
  store.unpin_all();
  CHECK(store.compact_to_the_end(50) > 0);
  store.check_contents();
}

TEST(a_second_run_finds_nothing) {
  Store store(64 * kMiB);
  fragment(store, kMiB, 30);
  store.compact_to_the_end(50);
  uint64_t largest = store.extents.largest_free();
  CHECK_EQ(store.compact(0), 0u);
  CHECK_EQ(store.extents.largest_free(), largest);
}

TEST(only_what_the_budget_allows_goes_up) {
  Store store(64 * kMiB);
  fragment(store, kMiB, 30);
  // One bay: only evacuations go up, and they have a budget.
  store.compaction.begin();
  uint64_t budget = 2 * store.extents.free_bytes();
  uint64_t evacuated = 0;
  auto move = store.compaction.next();
  for (int calls = 0; move || store.compaction.more(); calls++) {
    CHECK(calls < 1'000'000);
    if (move) {
      bool up = store.extents.offset(move->to_node) > store.extents.offset(move->from_node);
      if (up) evacuated += store.extents.bytes(move->to_node);
      CHECK(evacuated <= budget);
      store.carry_out(*move, false);
    }
    move = store.compaction.next();
  }
  store.check_contents();
}

TEST(moves_can_be_given_up) {
  Store store(64 * kMiB);
  fragment(store, kMiB, 30);
  uint64_t used = store.extents.used_bytes();
  uint64_t given_up = 0;
  for (int calls = 0; calls < 100000; calls++) {
    auto move = store.compaction.next();
    if (!move && !store.compaction.more()) break;
    if (!move) continue;
    store.extents.release(move->to_node);
    given_up++;
  }
  CHECK(given_up > 0);
  CHECK(!store.compaction.more());
  CHECK_EQ(store.extents.used_bytes(), used);
  CHECK(store.extents.check());
  store.check_contents();
}

TEST(others_change_the_arena_meanwhile) {
  for (int round = 0; round < 5; round++) {
    Store store(32 * kMiB);
    fragment(store, kMiB, 30);
    store.pin_some(10);
    for (int step = 0; step < 5000; step++) {
      if (auto move = store.compaction.next()) store.carry_out(*move, step % 3 == 0);
      if (random_between(0, 3) == 0) store.insert(random_size(64, kMiB));
      if (random_between(0, 3) == 0 && !store.live.empty()) store.remove_random();
      if (random_between(0, 50) == 0) store.end_quarantine();
      if (random_between(0, 200) == 0) store.pin_some(5);
      if (random_between(0, 400) == 0) store.compaction.begin();
      if (step % 500 == 0) {
        CHECK(store.extents.check());
        store.check_contents();
      }
    }
    store.unpin_all();
    store.compact_to_the_end(30);
    CHECK(store.extents.check());
    store.check_contents();
  }
}

TEST(planning_survives_a_rebuild) {
  Store store(16 * kMiB);
  fragment(store, kMiB, 30);
  CHECK(store.compaction.next().has_value());
  std::vector<uint32_t> nodes;
  CHECK(store.extents.rebuild({}, nodes));
  for (int calls = 0; calls < 1000; calls++) CHECK(!store.compaction.next().has_value());
  CHECK(!store.compaction.more());
}
