#include "extent_allocator.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <vector>

#include "check.h"

using namespace fabric;
using fabric::test::random_between;
using fabric::test::random_source;

namespace {

constexpr uint64_t kMiB = 1 << 20;

/** Log-uniform in [low, high]. */
uint64_t random_size(uint64_t low, uint64_t high) {
  double exponent = std::uniform_real_distribution<>(std::log(low), std::log(high))(random_source());
  return static_cast<uint64_t>(std::exp(exponent));
}

struct Model {
  struct Taken {
    uint64_t bytes;
    uint32_t node;
    uint32_t owner;
  };
  std::map<uint64_t, Taken> by_offset;

  void add(const Extent& extent, uint64_t bytes, uint32_t owner) {
    auto after = by_offset.lower_bound(extent.offset);
    if (after != by_offset.end()) CHECK(extent.offset + bytes <= after->first);
    if (after != by_offset.begin()) {
      auto before = std::prev(after);
      CHECK(before->first + before->second.bytes <= extent.offset);
    }
    by_offset[extent.offset] = {bytes, extent.node, owner};
  }

  std::map<uint64_t, Taken>::iterator pick() {
    return std::next(by_offset.begin(), static_cast<std::ptrdiff_t>(random_between(0, by_offset.size() - 1)));
  }

  /** The largest payload that some gap could take. */
  uint64_t largest_free(uint64_t arena) const {
    uint64_t largest = 0;
    uint64_t end = 0;
    auto gap = [&](uint64_t begin, uint64_t limit) {
      uint64_t bytes = limit - begin;
      if (bytes >= 2 * kMiB) {
        uint64_t start = (begin + 4095) / 4096 * 4096;
        uint64_t pages = limit > start ? (limit - start) / 4096 * 4096 : 0;
        bytes = pages >= 2 * kMiB ? pages : 2 * kMiB - 64;
      }
      largest = std::max(largest, bytes);
    };
    for (const auto& [offset, taken] : by_offset) {
      gap(end, offset);
      end = offset + taken.bytes;
    }
    gap(end, arena);
    return largest;
  }

  uint64_t used() const {
    uint64_t sum = 0;
    for (const auto& [offset, taken] : by_offset) sum += taken.bytes;
    return sum;
  }
};

void check_against(const ExtentAllocator& allocator, const Model& model) {
  CHECK(allocator.check());
  CHECK_EQ(allocator.used_bytes(), model.used());
  CHECK_EQ(allocator.free_bytes(), allocator.arena_bytes() - model.used());
  CHECK_EQ(allocator.largest_free(), model.largest_free(allocator.arena_bytes()));
  auto expected = model.by_offset.begin();
  for (uint32_t node = allocator.first(); node != kNoNode; node = allocator.next(node)) {
    if (allocator.is_free(node)) continue;
    CHECK(expected != model.by_offset.end());
    CHECK_EQ(allocator.offset(node), expected->first);
    CHECK_EQ(allocator.bytes(node), expected->second.bytes);
    CHECK_EQ(allocator.owner(node), expected->second.owner);
    CHECK_EQ(node, expected->second.node);
    ++expected;
  }
  CHECK(expected == model.by_offset.end());
}

/** One step: mostly an allocation, of any of the kinds, or a release. */
void step(ExtentAllocator& allocator, Model& model, uint64_t size_max) {
  uint64_t payload = random_between(0, 20) == 0 ? 0 : random_size(1, size_max);
  uint64_t bytes = extent_bytes(payload);
  auto owner = static_cast<uint32_t>(random_source()());
  uint64_t kind = random_between(0, 99);
  if (kind < 45 || model.by_offset.empty()) {
    bool fits = bytes <= allocator.largest_free();
    auto extent = allocator.allocate(payload, owner);
    CHECK_EQ(extent.has_value(), fits);
    if (extent) model.add(*extent, bytes, owner);
    if (extent && bytes >= 2 * kMiB) CHECK_EQ(extent->offset % 4096, 0u);
  } else if (kind < 50) {
    uint64_t limit = random_between(0, allocator.arena_bytes());
    auto extent = allocator.allocate_below(payload, limit, owner);
    if (extent) {
      CHECK(extent->offset + bytes <= limit);
      model.add(*extent, bytes, owner);
    }
  } else if (kind < 53) {
    uint64_t offset = random_between(0, allocator.arena_bytes() / 4096) * 4096;
    auto after = model.by_offset.lower_bound(offset);
    bool clear_before = after == model.by_offset.begin() ||
                        std::prev(after)->first + std::prev(after)->second.bytes <= offset;
    bool clear_behind = offset + bytes <= (after == model.by_offset.end() ? allocator.arena_bytes() : after->first);
    auto extent = allocator.allocate_at(offset, payload, owner);
    CHECK_EQ(extent.has_value(), clear_before && clear_behind);
    if (extent) CHECK_EQ(extent->offset, offset);
    if (extent) model.add(*extent, bytes, owner);
  } else if (kind < 55) {
    auto taken = model.pick();
    taken->second.owner = owner;
    allocator.set_owner(taken->second.node, owner);
  } else {
    auto taken = model.pick();
    CHECK(allocator.is_used(taken->second.node));
    allocator.release(taken->second.node);
    model.by_offset.erase(taken);
  }
}

void churn(uint64_t arena, uint64_t size_max, int steps) {
  ExtentAllocator allocator(arena);
  Model model;
  for (int i = 0; i < steps; i++) {
    step(allocator, model, size_max);
    if (i % 64 == 0) check_against(allocator, model);
  }
  check_against(allocator, model);
  while (!model.by_offset.empty()) {
    auto taken = model.pick();
    allocator.release(taken->second.node);
    model.by_offset.erase(taken);
  }
  CHECK(allocator.check());
  CHECK_EQ(allocator.next(allocator.first()), kNoNode);
  CHECK_EQ(allocator.free_bytes(), arena);
}

}  // namespace

TEST(rounding) {
  CHECK_EQ(extent_bytes(0), 64u);
  CHECK_EQ(extent_bytes(1), 64u);
  CHECK_EQ(extent_bytes(64), 64u);
  CHECK_EQ(extent_bytes(65), 128u);
  CHECK_EQ(extent_bytes(2 * kMiB - 64), 2 * kMiB - 64);
  CHECK_EQ(extent_bytes(2 * kMiB - 1), 2 * kMiB);
  CHECK_EQ(extent_bytes(2 * kMiB + 1), 2 * kMiB + 4096);
  CHECK_EQ(extent_bytes(uint64_t{1} << 40), uint64_t{1} << 40);
}

TEST(random_operations_agree_with_a_model) {
  churn(4 * kMiB, 1 << 14, 6000);
  churn(64 * kMiB, 16 * kMiB, 6000);
  churn(512 * kMiB, 16 * kMiB, 6000);
}

TEST(a_vast_arena_needs_no_memory_of_its_size) {
  uint64_t arena = (uint64_t{256} << 30) - 64;
  ExtentAllocator allocator(uint64_t{256} << 30);
  CHECK_EQ(allocator.arena_bytes(), arena);
  auto low = allocator.allocate(uint64_t{200} << 30, 1);
  CHECK(low.has_value());
  CHECK(!allocator.allocate(uint64_t{60} << 30, 2).has_value());
  auto high = allocator.allocate(uint64_t{50} << 30, 2);
  CHECK(high.has_value());
  CHECK(allocator.check());
  CHECK(allocator.metadata_bytes() < kMiB);
  allocator.release(low->node);
  allocator.release(high->node);
  CHECK_EQ(allocator.free_bytes(), arena);
  CHECK(allocator.check());
}

TEST(impossible_requests) {
  ExtentAllocator allocator(kMiB);
  CHECK(!allocator.allocate(kMiB + 1, 0).has_value());
  CHECK(!allocator.allocate(UINT64_MAX, 0).has_value());
  CHECK(!allocator.allocate_below(64, 63, 0).has_value());
  CHECK(!allocator.allocate_at(32, 64, 0).has_value());
  CHECK(!allocator.allocate_at(kMiB, 64, 0).has_value());
  CHECK(!allocator.allocate_at(UINT64_MAX - 63, 64, 0).has_value());
  CHECK(!allocator.allocate_in(7, 64, 0).has_value());
  allocator.release(kNoNode);
  allocator.release(allocator.first());
  CHECK_EQ(allocator.free_bytes(), kMiB);
  ExtentAllocator nothing(63);
  CHECK(!nothing.allocate(0, 0).has_value());
  CHECK(!nothing.allocate_at(0, 0, 0).has_value());
  CHECK_EQ(nothing.largest_free(), 0u);
}

TEST(every_unit_can_be_taken_and_returned) {
  ExtentAllocator allocator(kMiB);
  std::vector<uint32_t> nodes;
  while (auto extent = allocator.allocate(64, 0)) nodes.push_back(extent->node);
  CHECK_EQ(nodes.size(), kMiB / 64);
  CHECK_EQ(allocator.free_bytes(), 0u);
  CHECK_EQ(allocator.largest_free(), 0u);
  std::shuffle(nodes.begin(), nodes.end(), random_source());
  for (uint32_t node : nodes) allocator.release(node);
  CHECK(allocator.check());
  CHECK_EQ(allocator.largest_free(), kMiB);
  CHECK_EQ(allocator.allocate(kMiB, 0)->offset, 0u);
}

TEST(a_released_node_is_ignored) {
  ExtentAllocator allocator(kMiB);
  auto first = allocator.allocate(64, 0);
  auto second = allocator.allocate(64, 0);
  allocator.release(second->node);
  allocator.release(second->node);
  CHECK(!allocator.is_used(second->node));
  CHECK_EQ(allocator.used_bytes(), 64u);
  allocator.release(first->node);
  CHECK(allocator.check());
}

TEST(a_large_extent_leaves_the_hole_before_its_page_usable) {
  ExtentAllocator allocator(8 * kMiB);
  CHECK_EQ(allocator.allocate(64, 0)->offset, 0u);
  CHECK_EQ(allocator.allocate(4 * kMiB, 0)->offset, 4096u);
  CHECK_EQ(allocator.allocate(4032, 0)->offset, 64u);
  CHECK(allocator.check());
}

TEST(a_hole_of_the_exact_size_is_found_again) {
  ExtentAllocator allocator(64 * kMiB);
  std::vector<uint32_t> nodes;
  while (auto extent = allocator.allocate(2 * kMiB, 0)) nodes.push_back(extent->node);
  CHECK_EQ(nodes.size(), 32u);
  for (size_t i : {5, 9, 30}) {
    uint64_t offset = allocator.offset(nodes[i]);
    allocator.release(nodes[i]);
    auto again = allocator.allocate(2 * kMiB, 0);
    CHECK(again.has_value());
    CHECK_EQ(again->offset, offset);
    nodes[i] = again->node;
  }
}

TEST(a_cursor_follows_the_hole_it_stood_on) {
  ExtentAllocator allocator(kMiB);
  std::vector<uint32_t> nodes;
  for (int i = 0; i < 6; i++) nodes.push_back(allocator.allocate(64, 0)->node);
  ExtentAllocator::Cursor cursor(allocator);
  for (size_t middle : {2, 1, 3}) {
    cursor.node = nodes[middle];
    allocator.release(nodes[middle]);
    CHECK(allocator.is_free(cursor.node));
    CHECK(allocator.offset(cursor.node) <= middle * 64);
    CHECK(allocator.offset(cursor.node) + allocator.bytes(cursor.node) >= (middle + 1) * 64);
  }
  for (size_t end : {0, 5, 4}) {
    allocator.release(nodes[end]);
    CHECK(allocator.is_free(cursor.node));
  }
  CHECK_EQ(cursor.node, allocator.first());
}

TEST(rebuilding_restores_extents_and_owners) {
  for (int round = 0; round < 50; round++) {
    ExtentAllocator allocator(64 * kMiB);
    Model model;
    for (int i = 0; i < 500; i++) step(allocator, model, 4 * kMiB);
    std::vector<Used> used;
    for (const auto& [offset, taken] : model.by_offset) used.push_back({offset, taken.bytes, taken.owner});
    ExtentAllocator rebuilt(64 * kMiB);
    std::vector<uint32_t> nodes;
    CHECK(rebuilt.rebuild(used, nodes));
    CHECK_EQ(nodes.size(), used.size());
    size_t at = 0;
    for (auto& [offset, taken] : model.by_offset) taken.node = nodes[at++];
    check_against(rebuilt, model);
    for (int i = 0; i < 100; i++) step(rebuilt, model, 4 * kMiB);
    check_against(rebuilt, model);
  }
}

TEST(rebuilding_refuses_what_cannot_be) {
  ExtentAllocator allocator(kMiB);
  std::vector<uint32_t> nodes;
  std::vector<std::vector<Used>> impossible = {
      {{0, 128, 1}, {64, 64, 2}},         {{64, 64, 1}, {0, 64, 2}},          {{kMiB - 64, 128, 1}},
      {{kMiB, 64, 1}},                    {{32, 64, 1}},                      {{0, 65, 1}},
      {{0, 0, 1}},                        {{UINT64_MAX - 63, 64, 1}},         {{64, UINT64_MAX - 63, 1}},
      {{uint64_t{1} << 38, 64, 1}},       {{0, uint64_t{1} << 40, 1}},
  };
  for (const auto& used : impossible) {
    CHECK(!allocator.rebuild(used, nodes));
    CHECK(nodes.empty());
    CHECK_EQ(allocator.largest_free(), kMiB);
    CHECK(allocator.check());
  }
  CHECK(allocator.rebuild(std::vector<Used>{{0, kMiB, 3}}, nodes));
  CHECK_EQ(allocator.owner(nodes[0]), 3u);
  CHECK(allocator.rebuild({}, nodes));
  CHECK_EQ(allocator.free_bytes(), kMiB);
}

TEST(metadata_stays_small) {
  ExtentAllocator allocator(uint64_t{1} << 30);
  constexpr uint64_t kExtents = 1 << 20;
  for (uint64_t i = 0; i < kExtents; i++) CHECK(allocator.allocate(random_between(1, 1000), 0).has_value());
  CHECK(allocator.metadata_bytes() <= 34 * kExtents);
}
