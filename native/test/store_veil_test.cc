#include "store_fixture.h"

using namespace fabric;
using fabric::test::code_of;
using fabric::test::StoreFixture;

namespace {

uint64_t xid_of(StoreFixture& f, Entry entry) { return f.store->catalog().descriptor(entry).xid; }

}  // namespace

TEST(a_veiled_variable_is_found_by_its_xid_alone) {
  StoreFixture f;
  const Entry entry = f.insert("a", "payload");
  CHECK(f.store->veil(xid_of(f, entry)));
  CHECK(!f.store->find("a"));
  CHECK_EQ(f.store->find_xid(xid_of(f, entry)), std::optional(entry));
  int listed = 0;
  f.store->scan(0, [&](Entry) { ++listed; });
  CHECK_EQ(listed, 0);
  CHECK_EQ(code_of([&] { f.insert("a", "other"); }), "EXISTS");
  CHECK(f.store->unveil(xid_of(f, entry)));
  CHECK_EQ(f.read("a"), "payload");
}

TEST(who_takes_the_place_of_a_veiled_variable_keeps_the_name) {
  StoreFixture f;
  const uint64_t former = xid_of(f, f.insert("a", "former"));
  f.store->veil(former);
  f.insert("a", "latter", layout::kReplace);
  CHECK(!f.store->unveil(former));
  f.store->unveil_all();
  CHECK_EQ(f.read("a"), "latter");
  CHECK(f.store->remove_xid(former, f.now_ms));
  CHECK(!f.store->remove_xid(former, f.now_ms));
  CHECK_EQ(f.read("a"), "latter");
  CHECK_EQ(f.store->counts().variables, 1u);
}

TEST(veils_end_with_the_process_and_removals_stay) {
  StoreFixture f;
  const uint64_t kept = xid_of(f, f.insert("kept", "1"));
  const uint64_t gone = xid_of(f, f.insert("gone", "2"));
  f.store->veil(kept);
  f.store->veil(gone);
  f.store->remove_xid(gone, f.now_ms);
  f.reopen();
  CHECK_EQ(f.read("kept"), "1");
  CHECK(!f.store->find("gone"));
  f.insert("gone", "3");
  CHECK_EQ(f.read("gone"), "3");
}
