/**
 * The yellow pages by themselves: three nodes' stores are filled, their inventories written and taken in as they would be
 * after the coordinator was lost, but with no socket between. Prints one JSON object.
 *
 *   yp variables state_dir
 */
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
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

/// CPU time of this thread: how long a step keeps the main thread, whatever else the machine does.
double cpu_ms() {
  timespec now;
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e3 + static_cast<double>(now.tv_nsec) / 1e6;
}

/// Of `kNameBytes`.
std::string name_of(uint64_t i) {
  char text[40];
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

struct Steps {
  double seconds = 0;
  double cpu_seconds = 0;
  double slowest_ms = 0;

  /// Runs and times one; what it returns.
  template <class Body>
  auto step(const Body& body) {
    const auto start = Clock::now();
    const double cpu_start = cpu_ms();
    const auto result = body();
    const double cpu = cpu_ms() - cpu_start;
    seconds += seconds_since(start);
    cpu_seconds += cpu / 1e3;
    slowest_ms = std::max(slowest_ms, cpu);
    return result;
  }
};

struct Rebuild {
  Steps write;
  Steps take;
  uint64_t batches = 0;
  uint64_t batch_bytes = 0;
};

void rebuild_from(Store& store, yp::YellowPages& pages, Rebuild& result) {
  std::vector<uint8_t> buffer(yp::kBatchBytesMax);
  uint32_t cursor = 0;
  do {
    const auto written = result.write.step([&] { return yp::write_inventory(store, cursor, buffer); });
    const auto taken = result.take.step([&] { return yp::take_in(pages, store.node(), {buffer.data(), written.bytes}); });
    if (!taken.conflicts.empty() || !taken.refused.empty()) std::abort();
    ++result.batches;
    result.batch_bytes += written.bytes;
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

Steps forget(yp::YellowPages& pages, const std::string& node) {
  Steps steps;
  uint64_t cursor = 0;
  do {
    cursor = steps.step([&] { return pages.drop(node, false, cursor, 2000); });
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
  const uint64_t pages_bytes = pages.bytes();
  if (pages.variables() != variables) return 1;
  const double one_by_one = lookups_per_second(pages, variables, false);
  const double together = lookups_per_second(pages, variables, true);
  const Steps forgotten = forget(pages, nodes[0]->store->node());
  if (pages.variables() != each * (kNodes - 1)) return 1;
  const auto per = [&](uint64_t bytes) { return static_cast<double>(bytes) / static_cast<double>(variables); };
  const auto print = [](const char* name, double value, const char* after) { std::printf("\"%s\": %.4f%s", name, value, after); };
  std::printf("{\"variables\": %lu, ", static_cast<unsigned long>(variables));
  print("write_seconds", rebuild.write.seconds, ", ");
  print("take_seconds", rebuild.take.seconds, ", ");
  print("write_cpu_seconds", rebuild.write.cpu_seconds, ", ");
  print("take_cpu_seconds", rebuild.take.cpu_seconds, ", ");
  print("slowest_write_ms", rebuild.write.slowest_ms, ", ");
  print("slowest_take_ms", rebuild.take.slowest_ms, ", ");
  print("batch_bytes", per(rebuild.batch_bytes), ", ");
  print("bytes", per(std::max(after - before, pages_bytes)) - kNameBytes, ", ");
  print("lookups", one_by_one, ", ");
  print("lookups_together", together, ", ");
  print("forget_seconds", forgotten.seconds, ", ");
  print("slowest_forget_ms", forgotten.slowest_ms, "}\n");
  return 0;
}
