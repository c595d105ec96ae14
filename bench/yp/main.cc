/**
 * The yellow pages by themselves: three nodes' stores are filled, their inventories written and taken in as they would be
 * after the coordinator was lost, but with no socket between. Prints one JSON object.
 *
 *   yp variables state_dir
 */
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include <sys/stat.h>
#include <unistd.h>

#include "object_names.h"
#include "purge.h"
#include "segment_builder.h"
#include "store.h"
#include "yp/inventory_reader.h"
#include "yp/inventory_writer.h"

using namespace fabric;

namespace {

constexpr int kNodes = 3;
constexpr uint64_t kNameBytes = 20;
constexpr uint64_t kLookups = 2'000'000;

using Clock = std::chrono::steady_clock;
double seconds_since(Clock::time_point start) { return std::chrono::duration<double>(Clock::now() - start).count(); }

/// Of `kNameBytes`.
std::string name_of(uint64_t i) {
  char text[32];
  std::snprintf(text, sizeof text, "default/key:%08lu", static_cast<unsigned long>(i));
  return text;
}

/// Private memory of this process.
uint64_t anonymous_bytes() {
  std::ifstream status("/proc/self/status");
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with("RssAnon:")) return std::strtoull(line.c_str() + 8, nullptr, 10) * 1024;
  }
  return 0;
}

class Node {
 public:
  Node(const std::string& folder, int number, uint64_t variables) : prefix_("dfbench" + std::to_string(::getpid())) {
    name_ = "n" + std::to_string(number);
    const std::string state_dir = folder + "/" + name_;
    ::mkdir(state_dir.c_str(), 0700);
    const StoreOptions options = {.prefix = prefix_,
                                  .node = name_,
                                  .state_dir = state_dir,
                                  .limits = {16, 64, variables + 1000, variables * 64 + (64 << 20)},
                                  .slots_max = 8,
                                  .access = {0600, static_cast<gid_t>(-1)},
                                  .quarantine_ms = 0,
                                  .restart_grace_ms = 0,
                                  .lingers = {0, 0}};
    store = std::make_unique<Store>(options, 0);
    static const std::atomic<bool> never = false;
    const uint32_t segment = store->next_segment_number();
    const std::string shared_id = store->names().segment(segment);
    store->adopt_segment(shared_id, segment, build_segment(shared_id, variables * 64 + (4 << 20), options.access, never));
    // The nodes' xids are of epochs of their own, as a coordinator would give them.
    for (int i = 0; i < number; ++i) reopen(options);
    for (uint64_t i = static_cast<uint64_t>(number); i < variables * kNodes; i += kNodes) {
      store->insert({name_of(i), "bytes", ""}, &i, sizeof i, 0, 0);
    }
  }
  ~Node() {
    store.reset();
    purge_node(prefix_, name_);
    unlink_object(ObjectNames(prefix_, name_).lock());
  }

  std::unique_ptr<Store> store;

 private:
  void reopen(const StoreOptions& options) {
    store.reset();
    store = std::make_unique<Store>(options, 0);
  }

  std::string prefix_;
  std::string name_;
};

struct Rebuild {
  double write_seconds = 0;
  double take_seconds = 0;
  double slowest_write_ms = 0;
  double slowest_take_ms = 0;
  uint64_t batches = 0;
  uint64_t batch_bytes = 0;
};

void rebuild_from(Store& store, yp::YellowPages& pages, Rebuild& result) {
  std::vector<uint8_t> buffer(yp::kBatchBytesMax);
  uint32_t cursor = 0;
  do {
    auto start = Clock::now();
    const auto step = yp::write_inventory(store, cursor, buffer);
    const double written = seconds_since(start);
    start = Clock::now();
    const auto taken = yp::take_in(pages, store.node(), {buffer.data(), step.bytes});
    const double took = seconds_since(start);
    if (!taken.conflicts.empty() || !taken.refused.empty()) std::abort();
    result.write_seconds += written;
    result.take_seconds += took;
    result.slowest_write_ms = std::max(result.slowest_write_ms, written * 1e3);
    result.slowest_take_ms = std::max(result.slowest_take_ms, took * 1e3);
    ++result.batches;
    result.batch_bytes += step.bytes;
    cursor = taken.next;
  } while (cursor != 0);
}

/// Random names of which all are there, sixteen at a time where `together`: as a batch of requests is answered.
double lookups_per_second(yp::YellowPages& pages, uint64_t variables, bool together) {
  std::mt19937_64 random(7);
  std::vector<std::string> names;
  for (uint64_t i = 0; i < 16 * 1024; ++i) names.push_back(name_of(random() % variables));
  uint64_t found = 0;
  double seconds = 0;
  for (uint64_t done = 0; done < kLookups; done += names.size()) {
    for (std::string& name : names) name = name_of(random() % variables);
    const auto start = Clock::now();
    for (size_t at = 0; at < names.size(); at += 16) {
      yp::Hashed hashed[16];
      for (size_t i = 0; i < 16; ++i) {
        hashed[i] = pages.hashed(names[at + i]);
        if (together) pages.prefetch(hashed[i]);
      }
      for (const yp::Hashed& one : hashed) {
        const yp::Record* record = pages.published(one);
        if (record == nullptr) std::abort();
        pages.each_place(*record, [&](const yp::Place& place) { found += place.offset % 64 == 0; });
      }
    }
    seconds += seconds_since(start);
  }
  const uint64_t lookups = (kLookups + names.size() - 1) / names.size() * names.size();
  if (found != lookups) std::abort();
  return static_cast<double>(lookups) / seconds;
}

struct Steps {
  double seconds = 0;
  double slowest_ms = 0;
};

Steps forget(yp::YellowPages& pages, const std::string& node) {
  Steps steps;
  uint64_t cursor = 0;
  do {
    const auto start = Clock::now();
    cursor = pages.drop(node, false, cursor, 2000);
    const double seconds = seconds_since(start);
    steps.seconds += seconds;
    steps.slowest_ms = std::max(steps.slowest_ms, seconds * 1e3);
  } while (cursor != 0);
  return steps;
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) return 2;
  const uint64_t each = std::strtoull(arguments[1], nullptr, 10) / kNodes;
  const uint64_t variables = each * kNodes;
  std::vector<std::unique_ptr<Node>> nodes;
  for (int i = 0; i < kNodes; ++i) nodes.push_back(std::make_unique<Node>(arguments[2], i, each));
  const uint64_t before = anonymous_bytes();
  yp::YellowPages pages;
  Rebuild rebuild;
  for (const auto& node : nodes) rebuild_from(*node->store, pages, rebuild);
  const uint64_t after = anonymous_bytes();
  if (pages.variables() != variables) return 1;
  const double one_by_one = lookups_per_second(pages, variables, false);
  const double together = lookups_per_second(pages, variables, true);
  const Steps forgotten = forget(pages, nodes[0]->store->node());
  if (pages.variables() != each * (kNodes - 1)) return 1;
  const auto per = [&](uint64_t bytes) { return static_cast<double>(bytes) / static_cast<double>(variables); };
  std::printf(
      "{\"variables\": %lu, \"name_bytes\": %lu, \"write_seconds\": %.3f, \"take_seconds\": %.3f, \"slowest_write_ms\": %.3f, "
      "\"slowest_take_ms\": %.3f, \"batches\": %lu, \"batch_bytes\": %.1f, \"resident_bytes\": %.1f, \"taken_bytes\": %.1f, "
      "\"lookups\": %.0f, \"lookups_together\": %.0f, \"forget_seconds\": %.3f, \"slowest_forget_ms\": %.3f}\n",
      static_cast<unsigned long>(variables), static_cast<unsigned long>(kNameBytes), rebuild.write_seconds, rebuild.take_seconds,
      rebuild.slowest_write_ms, rebuild.slowest_take_ms, static_cast<unsigned long>(rebuild.batches), per(rebuild.batch_bytes),
      per(after - before) - kNameBytes, per(pages.bytes()) - kNameBytes, one_by_one, together, forgotten.seconds, forgotten.slowest_ms);
  return 0;
}
