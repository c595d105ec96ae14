/** Figures of the extent allocator and of compaction; prints one JSON object. See run.mjs. */
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>
#include <vector>

#include "compaction.h"
#include "extent_allocator.h"

using namespace fabric;

namespace {

/** CPU time of this thread: what other programs take doesn't count. */
double cpu_ns() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

struct Sizes {
  uint64_t low;
  uint64_t high;

  template <typename Random>
  uint64_t draw(Random& random) const {
    double u = std::uniform_real_distribution<>(0, 1)(random);
    return static_cast<uint64_t>(std::exp(std::log(low) + u * (std::log(high) - std::log(low))));
  }
};

struct Speed {
  double allocate_ns;
  double release_ns;
  double slowest_us;
  double bytes_per_extent;
};

/** Random replacement at a constant number of live extents, in batches, so that the clock isn't what is measured. */
Speed measure_speed(uint64_t arena_bytes, uint32_t live, Sizes sizes) {
  std::mt19937_64 random(1);
  ExtentAllocator allocator(arena_bytes);
  std::vector<uint32_t> nodes;
  double slowest = 0;
  auto allocate = [&](uint64_t bytes) {
    auto extent = allocator.allocate(bytes, 0);
    if (!extent) {
      fprintf(stderr, "arena too small for the speed run\n");
      exit(1);
    }
    return extent->node;
  };
  for (uint32_t i = 0; i < live; i++) {
    uint64_t bytes = sizes.draw(random);
    double start = cpu_ns();
    uint32_t node = allocate(bytes);
    slowest = std::max(slowest, cpu_ns() - start);
    nodes.push_back(node);
  }
  constexpr size_t kBatch = 1000;
  std::vector<uint64_t> wanted(kBatch);
  double allocating = 0;
  double releasing = 0;
  size_t batches = 4 * live / kBatch;
  size_t measured = 0;
  for (size_t batch = 0; batch < batches; batch++) {
    for (auto& bytes : wanted) bytes = sizes.draw(random);
    for (size_t i = 0; i < kBatch; i++) std::swap(nodes[nodes.size() - 1 - i], nodes[random() % (nodes.size() - i)]);
    double start = cpu_ns();
    for (size_t i = 0; i < kBatch; i++) allocator.release(nodes[nodes.size() - 1 - i]);
    double released = cpu_ns() - start;
    start = cpu_ns();
    for (size_t i = 0; i < kBatch; i++) nodes[nodes.size() - 1 - i] = allocate(wanted[i]);
    double allocated = cpu_ns() - start;
    // The first half turns the fresh arena into a used one.
    if (batch < batches / 2) continue;
    measured += kBatch;
    releasing += released;
    allocating += allocated;
  }
  return {allocating / static_cast<double>(measured), releasing / static_cast<double>(measured), slowest / 1000,
          static_cast<double>(allocator.metadata_bytes()) / live};
}

struct Variable {
  uint32_t node = kNoNode;
  bool pinned = false;
  bool leaving = false;
};

/** Live variables under random insertion and deletion, as in a node's store. */
class Churn {
 public:
  Churn(uint64_t arena_bytes, Sizes sizes, uint64_t seed, bool plateaus)
      : extents(arena_bytes), random_(seed), sizes_(sizes), plateaus_(plateaus) {}

  /**
   * Until an insertion fails. Ramp: 60 insertions to 40 deletions. Plateaus: the live bytes stay at a level until twice
   * as much has been written, then the level rises by 1 % of the arena.
   */
  double run_to_failure(double from_level) {
    double level = from_level;
    uint64_t written = 0;
    auto arena = static_cast<double>(extents.arena_bytes());
    while (true) {
      if (plateaus_) {
        while (static_cast<double>(live_bytes()) > level * arena && remove_one()) {
        }
      } else if (random_() % 100 >= 60 && remove_one()) {
        continue;
      }
      uint64_t bytes = sizes_.draw(random_);
      uint32_t id = take_id();
      auto extent = extents.allocate(bytes, id);
      if (!extent) {
        spare_ids_.push_back(id);
        return utilisation();
      }
      variables[id] = {extent->node, false, false};
      live_.push_back(id);
      written += extents.bytes(extent->node);
      if (static_cast<double>(written) > 2 * level * arena) {
        written = 0;
        level += 0.01;
      }
    }
  }

  void pin(double share) {
    for (uint32_t id : live_) variables[id].pinned = static_cast<double>(random_() % 1000) < share * 1000;
  }

  uint64_t live_bytes() const { return extents.used_bytes(); }
  double utilisation() const {
    return static_cast<double>(live_bytes()) / static_cast<double>(extents.arena_bytes());
  }
  uint32_t take_id() {
    if (spare_ids_.empty()) {
      variables.emplace_back();
      return static_cast<uint32_t>(variables.size() - 1);
    }
    uint32_t id = spare_ids_.back();
    spare_ids_.pop_back();
    return id;
  }
  void give_id(uint32_t id) {
    variables[id] = {};
    spare_ids_.push_back(id);
  }

  ExtentAllocator extents;
  std::vector<Variable> variables;

 private:
  bool remove_one() {
    for (int attempt = 0; attempt < 100 && !live_.empty(); attempt++) {
      size_t at = random_() % live_.size();
      uint32_t id = live_[at];
      if (variables[id].pinned) continue;
      extents.release(variables[id].node);
      give_id(id);
      live_[at] = live_.back();
      live_.pop_back();
      return true;
    }
    return false;
  }

  std::mt19937_64 random_;
  Sizes sizes_;
  bool plateaus_;
  std::vector<uint32_t> live_;
  std::vector<uint32_t> spare_ids_;
};

struct Compacted {
  uint64_t moves = 0;
  uint64_t moved_bytes = 0;
  uint32_t waits = 0;
  double slowest_us = 0;
  double planning_ms = 0;
};

/** Compacts to the end; every second source was exposed and is in quarantine until nothing else can be done. */
Compacted compact(Churn& churn) {
  Compacted result;
  std::vector<uint32_t> quarantined;
  auto& extents = churn.extents;
  Compaction compaction(
      extents,
      [&](uint32_t owner) { return !churn.variables[owner].pinned && !churn.variables[owner].leaving; },
      [&](uint32_t owner) { return churn.variables[owner].leaving; });
  while (true) {
    double start = cpu_ns();
    auto move = compaction.next();
    double took = (cpu_ns() - start) / 1000;
    result.slowest_us = std::max(result.slowest_us, took);
    result.planning_ms += took / 1000;
    if (move) {
      uint32_t owner = extents.owner(move->from_node);
      churn.variables[owner].node = move->to_node;
      result.moves++;
      result.moved_bytes += extents.bytes(move->from_node);
      if (result.moves % 2 == 0) {
        extents.release(move->from_node);
      } else {
        uint32_t ghost = churn.take_id();
        churn.variables[ghost] = {move->from_node, false, true};
        extents.set_owner(move->from_node, ghost);
        quarantined.push_back(ghost);
      }
    } else if (!compaction.more()) {
      if (quarantined.empty()) return result;
      result.waits++;
      for (uint32_t ghost : quarantined) {
        extents.release(churn.variables[ghost].node);
        churn.give_id(ghost);
      }
      quarantined.clear();
    }
  }
}

void print_speed(const char* name, uint64_t arena_bytes, Sizes sizes, bool last) {
  Speed speed = measure_speed(arena_bytes, 1'000'000, sizes);
  printf("    {\"sizes\": \"%s\", \"live\": 1000000, \"allocate_ns\": %.0f, \"release_ns\": %.0f, "
         "\"slowest_allocate_us\": %.0f, \"bytes_per_extent\": %.1f}%s\n",
         name, speed.allocate_ns, speed.release_ns, speed.slowest_us, speed.bytes_per_extent, last ? "" : ",");
}

void print_utilisation(uint64_t arena_bytes, bool plateaus, double pinned, bool last) {
  constexpr int kSeeds = 5;
  double first = 0;
  double first_least = 1;
  double second = 0;
  double second_least = 1;
  double largest_before = 0;
  double largest_after = 0;
  double moved = 0;
  double free_before = 0;
  Compacted total;
  for (int seed = 1; seed <= kSeeds; seed++) {
    Churn churn(arena_bytes, {64, 16 << 20}, static_cast<uint64_t>(seed), plateaus);
    auto arena = static_cast<double>(arena_bytes);
    double at_first = churn.run_to_failure(0.5);
    churn.pin(pinned);
    free_before += (1 - at_first) / kSeeds;
    largest_before += static_cast<double>(churn.extents.largest_free()) / arena / kSeeds;
    Compacted compacted = compact(churn);
    largest_after += static_cast<double>(churn.extents.largest_free()) / arena / kSeeds;
    moved += static_cast<double>(compacted.moved_bytes) / arena / kSeeds;
    total.moves += compacted.moves;
    total.waits += compacted.waits;
    total.planning_ms += compacted.planning_ms;
    total.slowest_us = std::max(total.slowest_us, compacted.slowest_us);
    double at_second = churn.run_to_failure(at_first);
    first += at_first / kSeeds;
    first_least = std::min(first_least, at_first);
    second += at_second / kSeeds;
    second_least = std::min(second_least, at_second);
  }
  printf("    {\"arena_mib\": %llu, \"churn\": \"%s\", \"pinned\": %.2f, \"utilisation_first_oom\": %.3f, \"least\": %.3f, "
         "\"free\": %.3f, \"largest_free_before\": %.3f, \"largest_free_after\": %.3f, \"moved\": %.3f, \"moves\": %llu, "
         "\"quarantine_waits\": %.1f, \"planning_ms\": %.2f, \"slowest_next_us\": %.0f, \"utilisation_next_oom\": %.3f, "
         "\"next_least\": %.3f}%s\n",
         static_cast<unsigned long long>(arena_bytes >> 20), plateaus ? "plateaus" : "ramp", pinned, first, first_least,
         free_before, largest_before, largest_after, moved, static_cast<unsigned long long>(total.moves / kSeeds),
         static_cast<double>(total.waits) / kSeeds, total.planning_ms / kSeeds, total.slowest_us, second, second_least,
         last ? "" : ",");
}

}  // namespace

/** `main quick`: the least of each kind. */
int main(int argc, char** argv) {
  const bool quick = argc > 1 && strcmp(argv[1], "quick") == 0;
  printf("{\n  \"speed\": [\n");
  print_speed("64 B - 4 KiB", uint64_t{2} << 30, {64, 4 << 10}, quick);
  if (quick) {
    printf("  ],\n  \"utilisation\": [\n");
    print_utilisation(uint64_t{1} << 30, false, 0.1, true);
    printf("  ]\n}\n");
    return 0;
  }
  print_speed("64 B - 64 KiB", uint64_t{16} << 30, {64, 64 << 10}, false);
  print_speed("64 B - 1 MiB", uint64_t{200} << 30, {64, 1 << 20}, true);
  printf("  ],\n  \"utilisation\": [\n");
  for (bool plateaus : {false, true}) {
    for (uint64_t gib : {1, 4, 16}) {
      for (double pinned : {0.0, 0.1}) print_utilisation(gib << 30, plateaus, pinned, plateaus && gib == 16 && pinned > 0);
    }
  }
  printf("  ]\n}\n");
}
