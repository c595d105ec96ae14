#include <vector>

#include "crc32c.h"
#include "store_fixture.h"

using namespace fabric;
using fabric::test::code_of;
using fabric::test::scribble;
using fabric::test::StoreFixture;
using layout::Descriptor;
using layout::State;

namespace {

layout::RedoRecord& redo_of(const Catalog& catalog) {
  auto* base = reinterpret_cast<uint8_t*>(&scribble(catalog.header()));
  return *reinterpret_cast<layout::RedoRecord*>(base + catalog.header().redo_offset);
}

}  // namespace

// Whatever number of the listed stores had been applied before the kill, the replay applies all of them.
TEST(redo_is_all_or_nothing_wherever_it_is_cut) {
  for (int applied = 0; applied <= 3; ++applied) {
    StoreFixture f;
    std::vector<Entry> entries;
    for (const char* name : {"a", "b", "c"}) entries.push_back(f.insert(name, name));
    const Catalog& catalog = f.store->catalog();
    layout::RedoRecord& redo = redo_of(catalog);
    const auto* base = reinterpret_cast<const uint8_t*>(&catalog.header());
    for (size_t i = 0; i < entries.size(); ++i) {
      const Descriptor& d = catalog.descriptor(entries[i]);
      layout::Word word = layout::unpack(d.word);
      word.state = State::kRemoved;
      redo.stores[i] = {static_cast<uint64_t>(reinterpret_cast<const uint8_t*>(&d.word) - base), layout::pack(word)};
    }
    redo.head = uint64_t{3} << 32 | crc32c(0, redo.stores, 3 * sizeof(layout::RedoStore));
    for (int i = 0; i < applied; ++i) {
      Descriptor& d = scribble(catalog.descriptor(entries[static_cast<size_t>(i)]));
      d.seq |= 1;
      d.word = redo.stores[i].value;
    }
    f.reopen();
    CHECK(f.store->report().redo_replayed);
    CHECK_EQ(f.store->counts().variables, uint64_t{0});
    CHECK_EQ(f.used_bytes(), uint64_t{0});
    for (const Entry entry : entries) CHECK_EQ(f.store->catalog().descriptor(entry).seq & 1, 0u);
    f.reopen();
    CHECK(!f.store->report().redo_replayed);
  }
}

TEST(redo_without_its_head_never_happened) {
  StoreFixture f;
  f.insert("a", "1");
  redo_of(f.store->catalog()).stores[0] = {f.store->catalog().header().variables_offset + 8, 0};
  f.reopen();
  CHECK(!f.store->report().redo_replayed);
  CHECK_EQ(f.read("a"), "1");
}

TEST(redo_that_is_damaged_is_refused) {
  StoreFixture f;
  f.insert("a", "1");
  layout::RedoRecord& redo = redo_of(f.store->catalog());
  redo.stores[0] = {0, 0};
  redo.head = uint64_t{1} << 32 | crc32c(0, redo.stores, sizeof(layout::RedoStore));
  f.store.reset();
  CHECK_EQ(code_of([&] { f.open(); }), "LAYOUT");
}
