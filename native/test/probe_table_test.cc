#include "probe_table.h"

#include <set>
#include <unordered_map>

#include "check.h"

using namespace fabric;
using fabric::test::random_between;

namespace {

struct Item {
  uint32_t hash;
  uint32_t id;
};

struct Policy {
  using Entry = Item;
  bool empty(const Item& item) const { return item.id == 0; }
  uint32_t hash(const Item& item) const { return item.hash; }
};

Item* find(ProbeTable<Policy>& table, uint32_t hash, uint32_t id) {
  return table.find(hash, [id](const Item& item) { return item.id == id; });
}

}  // namespace

TEST(probe_table_agrees_with_a_map_while_it_grows) {
  ProbeTable<Policy> table{Policy{}};
  std::unordered_map<uint32_t, uint32_t> model;
  uint32_t next = 0;
  for (int step = 0; step < 300000; ++step) {
    if (model.empty() || random_between(0, 99) < 60) {
      // Crowded hashes make long clusters, also across the end of the table.
      const auto hash = static_cast<uint32_t>(random_between(0, 63) == 0 ? 0xfffff000u + random_between(0, 4095) : random_between(0, UINT32_MAX));
      table.insert({hash, ++next});
      model[next] = hash;
    } else {
      const auto id = static_cast<uint32_t>(random_between(1, next));
      Item* found = model.count(id) ? find(table, model[id], id) : nullptr;
      CHECK_EQ(found != nullptr, model.count(id) == 1);
      if (found != nullptr) {
        table.erase(found);
        CHECK(find(table, model[id], id) == nullptr);
        model.erase(id);
      }
    }
    CHECK_EQ(table.size(), model.size());
  }
  for (const auto& [id, hash] : model) CHECK(find(table, hash, id) != nullptr);
}

TEST(probe_table_visits_what_stays_throughout_exactly_once) {
  ProbeTable<Policy> table{Policy{}};
  std::set<uint32_t> staying;
  uint32_t next = 0;
  for (int i = 0; i < 5000; ++i) {
    table.insert({static_cast<uint32_t>(random_between(0, UINT32_MAX)), ++next});
    staying.insert(next);
  }
  const uint32_t last_staying = next;
  std::multiset<uint32_t> seen;
  uint64_t cursor = 0;
  while (cursor >> 32 == 0) {
    cursor = table.visit(cursor, [&](const Item& item) { seen.insert(item.id); });
    // The table grows several times while it is visited.
    for (int i = 0; i < 20 && next < 40000; ++i) table.insert({static_cast<uint32_t>(random_between(0, UINT32_MAX)), ++next});
  }
  for (const uint32_t id : staying) CHECK_EQ(seen.count(id), size_t{1});
  CHECK(last_staying < next);
}
