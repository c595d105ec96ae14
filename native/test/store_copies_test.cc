#include <limits>

#include "store_fixture.h"

using namespace fabric;
using fabric::test::code_of;
using fabric::test::StoreFixture;

namespace {

constexpr uint64_t kXidMax = (uint64_t{1} << 53) - 1;

Entry reserve_copy(StoreFixture& f, std::string_view name, uint64_t xid, uint8_t flags = 0, uint16_t replicas = 1) {
  return f.store->reserve({name, "bytes", ""}, 6, flags, std::nullopt, f.now_ms, {.xid = xid, .replicas = replicas});
}

}  // namespace

TEST(store_copies_have_the_xid_they_are_given) {
  StoreFixture f;
  const uint64_t before = f.store->locate(f.insert("before", "1")).xid;
  const Entry entry = reserve_copy(f, "copy", 77, 0, 3);
  f.store->write(entry, 0, "copied", 6);
  CHECK(f.store->find_xid(77) == entry);
  f.store->seal(entry, 0, f.now_ms);
  CHECK_EQ(f.store->locate(*f.store->find("copy")).xid, uint64_t{77});
  CHECK_EQ(f.store->locate(f.insert("after", "2")).xid, before + 1);
  f.reopen();
  CHECK_EQ(f.store->locate(*f.store->find_xid(77)).xid, uint64_t{77});
  CHECK_EQ(f.read("copy"), "copied");
  CHECK_EQ(f.store->catalog().descriptor(*f.store->find_xid(77)).replicas, 3);
  CHECK_EQ(f.store->catalog().descriptor(*f.store->find("before")).replicas, 1);
  reserve_copy(f, "largest", kXidMax);
}

TEST(store_copies_of_no_xid_are_refused) {
  StoreFixture f;
  for (const uint64_t xid : {uint64_t{0}, kXidMax + 1, std::numeric_limits<uint64_t>::max()}) {
    CHECK_EQ(code_of([&] { reserve_copy(f, "copy", xid); }), "ERR");
  }
  CHECK_EQ(f.store->counts().reservations, uint64_t{0});
  CHECK_EQ(f.used_bytes(), uint64_t{0});
}

TEST(store_has_one_copy_of_an_xid) {
  StoreFixture f;
  const uint64_t own = f.store->locate(f.insert("own", "1")).xid;
  CHECK_EQ(code_of([&] { reserve_copy(f, "other", own); }), "EXISTS");
  CHECK_EQ(code_of([&] { reserve_copy(f, "own", own, layout::kReplace); }), "EXISTS");
  const Entry entry = reserve_copy(f, "copy", 77);
  CHECK_EQ(code_of([&] { reserve_copy(f, "other", 77); }), "EXISTS");
  f.store->seal(entry, 0, f.now_ms);
  CHECK_EQ(code_of([&] { reserve_copy(f, "other", 77); }), "EXISTS");
  f.insert("hidden", "1", layout::kHidden);
  const uint64_t hidden = f.store->locate(*f.store->find("hidden")).xid;
  CHECK_EQ(code_of([&] { reserve_copy(f, "other", hidden); }), "EXISTS");
  CHECK_EQ(f.store->counts().reservations, uint64_t{0});
}

// A transfer that failed is tried again, also while the one before is being cleared away.
TEST(store_takes_a_copy_again_once_the_one_before_was_aborted_or_removed) {
  StoreFixture f;
  const Entry aborted = reserve_copy(f, "copy", 77);
  f.store->hold(aborted);
  f.store->abort(aborted, f.now_ms);
  const Entry entry = reserve_copy(f, "copy", 77);
  CHECK(entry != aborted);
  f.store->drop(aborted);
  CHECK(f.store->find_xid(77) == entry);
  f.store->seal(entry, 0, f.now_ms);
  f.store->locate(entry);
  f.store->remove({"copy"}, f.now_ms);
  reserve_copy(f, "copy", 77);
  f.reopen();
  CHECK(!f.store->find_xid(77));
  CHECK(f.store->counts().removed == 1);
  CHECK_EQ(f.store->counts().reservations, uint64_t{0});
  f.store->seal(reserve_copy(f, "copy", 77), 0, f.now_ms);
  f.advance(10000);
  CHECK(f.store->find_xid(77) == f.store->find("copy"));
}
