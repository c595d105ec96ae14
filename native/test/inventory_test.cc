#include <cstring>
#include <map>
#include <vector>

#include "check.h"
#include "crc32c.h"
#include "store_fixture.h"
#include "yp/inventory_reader.h"
#include "yp/inventory_writer.h"

using namespace fabric;
using namespace fabric::test;
using namespace fabric::yp;

namespace {

/// With the replicas, in one field of bits.
constexpr size_t kNameBytesAt = offsetof(BatchRecord, segment) + sizeof(uint16_t);

constexpr uint64_t kRegionBytes = 64 << 20;

using Batch = std::vector<uint8_t>;

Batch batch_from(Store& store, uint32_t cursor, size_t bytes = kBatchBytesMax) {
  Batch batch(bytes);
  batch.resize(write_inventory(store, cursor, batch).bytes);
  return batch;
}

/// All batches of a node, taken in.
uint32_t take_all(YellowPages& pages, Store& store, size_t bytes) {
  uint32_t records = 0;
  uint32_t cursor = 0;
  do {
    const TakenIn taken = take_in(pages, store.node(), batch_from(store, cursor, bytes));
    CHECK(taken.next == 0 || taken.next > cursor);
    records += taken.records;
    cursor = taken.next;
  } while (cursor != 0);
  return records;
}

/// The batch with a header that fits it again: damage that no checksum shows.
Batch resigned(Batch batch) {
  const uint32_t crc = crc32c(0, batch.data() + kChecksummedFrom, batch.size() - kChecksummedFrom);
  std::memcpy(batch.data() + offsetof(BatchHeader, crc32c), &crc, sizeof crc);
  return batch;
}

template <class Field>
Batch with(Batch batch, size_t at, Field value) {
  std::memcpy(batch.data() + at, &value, sizeof value);
  return resigned(batch);
}

uint64_t published(const YellowPages& pages) {
  uint64_t names = 0;
  uint64_t cursor = 0;
  do {
    cursor = pages.scan(cursor, [&](const Record&) { ++names; });
  } while (cursor != 0);
  return names;
}

}  // namespace

TEST(inventory_tells_every_sealed_variable_once_in_batches_of_any_size) {
  StoreFixture node;
  node.add_segment(4 << 20);
  std::map<std::string, Entry> variables;
  for (int i = 0; i < 3000; ++i) {
    std::string name = "default/" + std::to_string(i) + std::string(random_between(0, 300), '\0');
    const Entry entry = node.insert(name, std::string(random_between(0, 200), 'p'), i % 7 == 0 ? layout::kHidden : 0);
    if (i % 7 != 0) variables[name] = entry;
  }
  for (uint16_t replicas = 1; replicas <= kPlacementsMax; ++replicas) {
    const std::string name = "default/twice " + std::to_string(replicas);
    const Entry entry = node.store->reserve({name, "bytes", ""}, 0, 0, std::nullopt, node.now_ms, {.xid = std::nullopt, .replicas = replicas});
    node.store->seal(entry, 0, node.now_ms);
    variables[name] = entry;
  }
  node.store->reserve({"default/written", "bytes", ""}, 100, 0, std::nullopt, node.now_ms);
  for (int i = 0; i < 500; ++i) {
    node.store->remove({variables.begin()->first}, node.now_ms);
    variables.erase(variables.begin());
  }
  for (const size_t bytes : {kBatchBytesMin, kBatchBytesMin + 77, kBatchBytesMax}) {
    YellowPages pages(kRegionBytes);
    CHECK_EQ(take_all(pages, *node.store, bytes), variables.size());
    CHECK_EQ(pages.variables(), variables.size());
    for (const auto& [name, entry] : variables) {
      const Record* record = pages.published(name);
      CHECK(record != nullptr);
      const layout::Descriptor& d = node.store->catalog().descriptor(entry);
      CHECK_EQ(record->xid, d.xid);
      CHECK_EQ(record->length, d.length);
      CHECK_EQ(record->crc32c, d.crc32c);
      CHECK_EQ(uint16_t{record->replicas}, d.replicas);
      pages.each_place(*record, [&](const Place& place) {
        CHECK_EQ(place.node, node.store->node());
        CHECK_EQ(place.shared_id, node.store->segment_of(entry).shared_id());
        CHECK_EQ(place.offset, d.offset);
        CHECK_EQ(place.generation, node.store->catalog().word(entry).generation);
      });
      CHECK(node.store->catalog().word(entry).flags & layout::kExposed);
    }
  }
}

TEST(inventory_of_an_empty_node_is_one_empty_batch) {
  StoreFixture node(0);
  YellowPages pages(kRegionBytes);
  CHECK_EQ(take_all(pages, *node.store, kBatchBytesMin), 0u);
  CHECK_EQ(published(pages), uint64_t{0});
  Batch small(kBatchBytesMin - 1);
  CHECK_EQ(code_of([&] { write_inventory(*node.store, 0, small); }), "ERR");
}

TEST(inventory_returns_duplicates_and_what_was_deleted) {
  StoreFixture alpha;
  StoreFixture beta;
  // Counters of two nodes begin alike; here their xids must differ.
  beta.insert("default/first", "");
  alpha.insert("default/both", "one");
  alpha.insert("default/gone", "two");
  beta.insert("default/both", "other");
  YellowPages pages(kRegionBytes);
  take_all(pages, *alpha.store, kBatchBytesMax);
  const TakenIn taken = take_in(pages, beta.options.node, batch_from(*beta.store, 0));
  CHECK_EQ(taken.conflicts.size(), size_t{1});
  CHECK_EQ(taken.conflicts[0].name, "default/both");
  CHECK_EQ(pages.count(State::kConflict), uint64_t{1});
  CHECK_EQ(pages.published("default/both")->length, uint64_t{3});

  CHECK(pages.remove("default/gone", std::nullopt));
  pages.begin_inventory(alpha.options.node);
  const TakenIn again = take_in(pages, alpha.options.node, batch_from(*alpha.store, 0));
  CHECK_EQ(again.removed.size(), size_t{1});
  CHECK_EQ(again.removed[0].name, "default/gone");
  CHECK(pages.published("default/gone") == nullptr);
  // The node still has it, so the tombstone waits; once it doesn't, its next inventory says so.
  uint64_t cursor = pages.drop(alpha.options.node, true, 0, 1 << 20);
  CHECK_EQ(pages.count(State::kRemoved), uint64_t{1});
  alpha.store->remove({"default/gone"}, alpha.now_ms);
  pages.begin_inventory(alpha.options.node);
  take_all(pages, *alpha.store, kBatchBytesMax);
  while ((cursor = pages.drop(alpha.options.node, true, cursor, 1 << 10)) != 0) continue;
  CHECK_EQ(pages.count(State::kRemoved), uint64_t{0});
  CHECK(pages.published("default/both") != nullptr);
}

TEST(inventory_that_is_cut_or_flipped_changes_nothing) {
  StoreFixture node;
  for (int i = 0; i < 40; ++i) node.insert("default/" + std::to_string(i), "payload");
  const Batch good = batch_from(*node.store, 0);
  YellowPages pages(kRegionBytes);
  const auto refused = [&](const Batch& batch) {
    const std::string code = code_of([&] { take_in(pages, node.options.node, batch); });
    CHECK(code == "ERR" || code == "LAYOUT");
    CHECK_EQ(pages.variables(), uint64_t{0});
    CHECK(pages.directory().nodes().empty());
  };
  for (size_t bytes = 0; bytes < good.size(); ++bytes) refused(Batch(good.begin(), good.begin() + static_cast<long>(bytes)));
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    Batch flipped = good;
    flipped[bit / 8] ^= static_cast<uint8_t>(1 << bit % 8);
    refused(flipped);
  }
  Batch longer = good;
  longer.push_back(0);
  refused(longer);
  CHECK_EQ(code_of([&] { take_in(pages, "other", good); }), "ERR");
  CHECK_EQ(take_in(pages, node.options.node, good).records, 40u);
}

TEST(inventory_with_a_right_checksum_is_still_checked) {
  StoreFixture node;
  node.insert("default/x", "payload");
  const Batch good = batch_from(*node.store, 0);
  YellowPages pages(kRegionBytes);
  const size_t record = sizeof(BatchHeader);
  const auto code = [&](const Batch& batch) { return code_of([&] { take_in(pages, node.options.node, batch); }); };
  CHECK_EQ(code(with<uint16_t>(good, offsetof(BatchHeader, version), kBatchVersion + 1)), "LAYOUT");
  CHECK_EQ(code(with<uint32_t>(good, offsetof(BatchHeader, records), 2)), "ERR");
  CHECK_EQ(code(with<uint32_t>(good, offsetof(BatchHeader, records), 0)), "ERR");
  CHECK_EQ(code(with<uint32_t>(good, offsetof(BatchHeader, records_bytes), 0xffffffff)), "ERR");
  CHECK_EQ(code(with<uint16_t>(good, offsetof(BatchHeader, segments), 0)), "ERR");
  CHECK_EQ(code(with<uint16_t>(good, offsetof(BatchHeader, segments), 2)), "ERR");
  CHECK_EQ(code(with<uint16_t>(good, offsetof(BatchHeader, node_bytes), 0xffff)), "ERR");
  CHECK_EQ(code(with<uint64_t>(good, record + offsetof(BatchRecord, xid), 0)), "ERR");
  CHECK_EQ(code(with<uint64_t>(good, record + offsetof(BatchRecord, xid), kXidMax + 1)), "ERR");
  CHECK_EQ(code(with<uint64_t>(good, record + offsetof(BatchRecord, length), ~uint64_t{0})), "ERR");
  CHECK_EQ(code(with<uint16_t>(good, record + offsetof(BatchRecord, segment), 1)), "ERR");
  CHECK_EQ(code(with<uint16_t>(good, record + kNameBytesAt, 0)), "ERR");
  CHECK_EQ(code(with<uint16_t>(good, record + kNameBytesAt, 513)), "ERR");
  const size_t shared_id = good.size() - node.store->segment_of(0).shared_id().size();
  CHECK_EQ(code(with<char>(good, shared_id, 'x')), "ERR");
  CHECK_EQ(code(with<char>(good, shared_id + 1, '/')), "ERR");
  CHECK_EQ(pages.variables(), uint64_t{0});
}

TEST(inventory_of_random_bytes_under_a_right_checksum_never_harms) {
  StoreFixture node;
  for (int i = 0; i < 30; ++i) node.insert("default/" + std::to_string(i), "payload");
  const Batch good = batch_from(*node.store, 0);
  YellowPages pages(kRegionBytes);
  for (int round = 0; round < 20000; ++round) {
    Batch batch = good;
    for (uint64_t i = random_between(1, 4); i > 0; --i) {
      batch[random_between(kChecksummedFrom, batch.size() - 1)] = static_cast<uint8_t>(random_between(0, 255));
    }
    const std::string code = code_of([&] { take_in(pages, node.options.node, resigned(batch)); });
    CHECK(code.empty() || code == "ERR");
  }
  CHECK_EQ(published(pages), pages.variables());
}
