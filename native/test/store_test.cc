#include "store.h"

#include <sys/stat.h>
#include <sys/wait.h>

#include <csignal>
#include <map>
#include <set>

#include "crc32c.h"
#include "store_fixture.h"

using namespace fabric;
using fabric::test::code_of;
using fabric::test::random_between;
using fabric::test::StoreFixture;
using layout::OwnerKind;
using layout::State;

namespace {

constexpr Owner kConnection = {OwnerKind::kConnection, 7};

Entry reserve(StoreFixture& f, std::string_view name, uint64_t length, Owner owner, uint8_t flags = 0) {
  return f.store->reserve({name, "bytes", ""}, length, flags, owner, f.now_ms);
}

uint64_t free_bytes(StoreFixture& f) {
  uint64_t free = 0;
  f.store->each_segment([&](const Segment& segment) { free += segment.extents().free_bytes(); });
  return free;
}

/// Compacts until nothing is gained any more; returns the number of moves.
int compact(StoreFixture& f, const std::string& shared_id) {
  int moves = 0;
  bool first = true;
  for (bool more = true; more;) {
    const auto move = f.store->plan_move(shared_id, first, more);
    first = false;
    if (!move) continue;
    more = true;
    std::copy(move->from, move->from + move->length, move->to);
    if (f.store->finish_move(*move, true, f.now_ms)) ++moves;
  }
  return moves;
}

}  // namespace

TEST(store_keeps_what_was_inserted) {
  StoreFixture f;
  const Entry entry = f.insert("a", "payload");
  CHECK_EQ(f.read("a"), "payload");
  CHECK_EQ(f.store->catalog().descriptor(entry).crc32c, crc32c(0, "payload", 7));
  CHECK_EQ(std::string(f.store->catalog().documentation(entry)), "about it");
  CHECK_EQ(code_of([&] { f.insert("a", "other"); }), "EXISTS");
  CHECK_EQ(f.read("a"), "payload");
  f.reopen();
  CHECK_EQ(f.read("a"), "payload");
  CHECK(f.store->report().warm);
  CHECK_EQ(f.store->report().variables, uint64_t{1});
}

TEST(store_finds_by_xid_and_by_place) {
  StoreFixture f;
  std::vector<Entry> entries;
  for (int i = 0; i < 2000; ++i) entries.push_back(f.insert("n" + std::to_string(i), std::string(random_between(1, 300), 'x')));
  for (int i = 0; i < 2000; i += 3) f.store->remove({"n" + std::to_string(i)}, f.now_ms);
  for (int i = 0; i < 2000; ++i) {
    if (i % 3 == 0) continue;
    const Location here = f.store->locate(entries[i]);
    CHECK(f.store->find_xid(here.xid) == entries[i]);
    CHECK(f.store->find_at(here.segment->shared_id(), here.offset) == entries[i]);
    CHECK(!f.store->find_at(here.segment->shared_id(), here.offset + 1));
  }
  CHECK_EQ(code_of([&] { f.store->find_at("/nowhere", 0); }), "NOTFOUND");
}

TEST(store_quarantines_only_what_was_exposed) {
  StoreFixture f;
  const uint64_t all_free = free_bytes(f);
  f.insert("quiet", "1");
  f.store->remove({"quiet"}, f.now_ms);
  CHECK_EQ(free_bytes(f), all_free);
  f.store->locate(f.insert("seen", "2"));
  f.store->remove({"seen"}, f.now_ms);
  CHECK(free_bytes(f) < all_free);
  f.advance(999);
  CHECK(free_bytes(f) < all_free);
  f.advance(1);
  CHECK_EQ(free_bytes(f), all_free);
}

TEST(store_frees_no_exposed_extent_while_quarantines_are_held) {
  for (const uint64_t quarantine_ms : {uint64_t{1000}, uint64_t{0}}) {
    StoreFixture f;
    f.options.quarantine_ms = quarantine_ms;
    f.reopen();
    const uint64_t all_free = free_bytes(f);
    f.store->hold_quarantine(true);
    f.store->locate(f.insert("seen", "1"));
    f.insert("quiet", "2");
    const Entry pinned = f.insert("pinned", "3");
    const uint64_t token = f.store->pin(pinned, kConnection, f.now_ms);
    const Entry held = f.insert("held", "4");
    f.store->locate(held);
    f.store->hold(held);
    f.store->remove({"seen", "quiet", "pinned", "held"}, f.now_ms);
    CHECK_EQ(free_bytes(f), all_free - 3 * 64);
    f.advance(100000);
    f.store->unpin(token, f.now_ms);
    f.store->drop(held);
    CHECK_EQ(f.advance(100000).extents, uint64_t{0});
    CHECK_EQ(free_bytes(f), all_free - 3 * 64);
    CHECK_EQ(code_of([&] { reserve(f, "all", all_free, kConnection); }), "OOM");
    f.store->locate(f.insert("late", "5"));
    f.store->remove({"late"}, f.now_ms);
    f.store->hold_quarantine(false);
    CHECK_EQ(f.advance(0).extents, quarantine_ms == 0 ? uint64_t{4} : uint64_t{3});
    CHECK_EQ(f.advance(quarantine_ms).extents, quarantine_ms == 0 ? uint64_t{0} : uint64_t{1});
    CHECK_EQ(free_bytes(f), all_free);
    reserve(f, "all", all_free, kConnection);
  }
}

TEST(store_keeps_removed_bytes_for_their_pins) {
  StoreFixture f;
  const uint64_t all_free = free_bytes(f);
  const Entry entry = f.insert("a", "old bytes");
  const uint64_t token = f.store->pin(entry, kConnection, f.now_ms);
  f.insert("a", "new bytes", layout::kReplace);
  CHECK_EQ(f.read("a"), "new bytes");
  f.advance(100000);
  CHECK_EQ(f.read(entry), "old bytes");
  CHECK(f.store->catalog().word(entry).state == State::kRemoved);
  CHECK_EQ(f.store->unpin(token, f.now_ms), 0u);
  CHECK_EQ(code_of([&] { f.store->unpin(token, f.now_ms); }), "NOTFOUND");
  f.store->remove({"a"}, f.now_ms);
  CHECK_EQ(free_bytes(f), all_free);
}

TEST(store_pins_end_with_lease_linger_or_release) {
  StoreFixture f;
  const Entry entry = f.insert("a", "1");
  f.store->pin(entry, {OwnerKind::kLease, 500}, f.now_ms);
  const uint64_t second = f.store->pin(entry, kConnection, f.now_ms);
  CHECK_EQ(f.store->pins_of(entry), 2u);
  f.advance(500);
  CHECK_EQ(f.store->pins_of(entry), 1u);
  f.store->disconnected(kConnection.value, f.now_ms);
  f.advance(1999);
  CHECK_EQ(f.store->pins_of(entry), 1u);
  f.store->renew(second, 5000, f.now_ms);
  f.advance(4999);
  CHECK_EQ(f.store->pins_of(entry), 1u);
  f.advance(1);
  CHECK_EQ(f.store->pins_of(entry), 0u);
  CHECK_EQ(f.store->pins(), uint64_t{0});
}

TEST(store_slot_pins_live_as_long_as_the_lock) {
  StoreFixture f;
  const Entry entry = f.insert("a", "1");
  CHECK_EQ(code_of([&] { f.store->pin(entry, {OwnerKind::kSlot, 3}, f.now_ms); }), "ERR");
  CHECK_EQ(code_of([&] { f.store->pin(entry, {OwnerKind::kSlot, 8}, f.now_ms); }), "ERR");
  FileHandle first = f.take_slot(3, 1);
  f.store->pin(entry, {OwnerKind::kSlot, 3}, f.now_ms);
  const uint64_t all_free = free_bytes(f);
  reserve(f, "r", 5000, {OwnerKind::kSlot, 3});
  f.advance(100000);
  CHECK_EQ(f.store->pins_of(entry), 1u);
  f.reopen();
  f.advance(100000);
  CHECK_EQ(f.store->pins_of(entry), 1u);
  CHECK(f.store->find_claim("r").has_value());
  first.reset();
  // Another process takes the same slot before the server has looked.
  const FileHandle second = f.take_slot(3, 2);
  f.advance(1000);
  CHECK_EQ(f.store->pins_of(entry), 0u);
  CHECK(!f.store->find_claim("r"));
  // A writer that is provably dead leaves nothing to wait for.
  CHECK_EQ(free_bytes(f), all_free);
}

TEST(store_reservations_claim_seal_and_abort) {
  StoreFixture f;
  const uint64_t all_free = free_bytes(f);
  const Entry entry = reserve(f, "r", 9, kConnection);
  CHECK(!f.store->find("r"));
  CHECK(f.store->find_claim("r") == entry);
  CHECK_EQ(code_of([&] { f.insert("r", "x"); }), "EXISTS");
  CHECK_EQ(code_of([&] { f.insert("r", "x", layout::kReplace); }), "EXISTS");
  CHECK_EQ(code_of([&] { f.store->write(entry, 5, "12345", 5); }), "ERR");
  f.store->write(entry, 0, "in place!", 9);
  f.store->seal(entry, crc32c(0, "in place!", 9), f.now_ms);
  CHECK_EQ(f.read("r"), "in place!");
  CHECK_EQ(code_of([&] { f.store->abort(entry, f.now_ms); }), "NOTFOUND");
  const Entry other = reserve(f, "s", 100, kConnection);
  f.store->abort(other, f.now_ms);
  CHECK(!f.store->find_claim("s"));
  f.store->remove({"r", "r"}, f.now_ms);
  f.advance(1000);
  CHECK_EQ(free_bytes(f), all_free);
  CHECK_EQ(f.store->counts().reservations, uint64_t{0});
}

TEST(store_replacing_reservation_takes_over_at_seal) {
  StoreFixture f;
  f.insert("a", "before");
  const Entry entry = reserve(f, "a", 5, kConnection, layout::kReplace);
  CHECK_EQ(f.read("a"), "before");
  f.store->write(entry, 0, "after", 5);
  f.store->seal(entry, 1, f.now_ms);
  CHECK_EQ(f.read("a"), "after");
  CHECK_EQ(f.store->counts().variables, uint64_t{1});
  f.reopen();
  CHECK_EQ(f.read("a"), "after");
  CHECK_EQ(f.store->counts().variables, uint64_t{1});
}

TEST(store_limbo_waits_for_the_writer_and_is_counted) {
  StoreFixture f;
  const uint64_t all_free = free_bytes(f);
  reserve(f, "c", 1000, kConnection);
  reserve(f, "l", 1000, {OwnerKind::kLease, 500});
  f.store->disconnected(kConnection.value, f.now_ms);
  CHECK_EQ(f.store->counts().limbo, uint64_t{1});
  f.advance(500);
  CHECK_EQ(f.store->counts().limbo, uint64_t{2});
  CHECK_EQ(f.store->counts().limbo_bytes, uint64_t{2048});
  f.advance(2500);
  CHECK_EQ(f.store->counts().limbo, uint64_t{1});
  f.reopen();
  CHECK_EQ(f.store->report().limbo, uint64_t{1});
  f.advance(3000);
  CHECK_EQ(f.store->counts().limbo, uint64_t{0});
  f.advance(1000);
  CHECK_EQ(free_bytes(f), all_free);
  CHECK_EQ(f.store->counts().reserved_bytes, uint64_t{0});
}

TEST(store_own_reservations_vanish_in_a_crash) {
  StoreFixture f;
  const uint64_t all_free = free_bytes(f);
  f.store->reserve({"incoming", "bytes", ""}, 1 << 20, 0, std::nullopt, f.now_ms);
  CHECK(free_bytes(f) < all_free);
  f.reopen();
  CHECK_EQ(free_bytes(f), all_free);
  CHECK(!f.store->find_claim("incoming"));
}

TEST(store_full_segment_is_an_error_that_says_so) {
  StoreFixture f(0);
  CHECK_EQ(code_of([&] { f.insert("a", "x"); }), "OOM");
  f.add_segment(2 << 20);
  CHECK_EQ(code_of([&] { f.insert("big", std::string(3 << 20, 'x')); }), "OOM");
  f.insert("a", "x");
  CHECK_EQ(f.read("a"), "x");
  CHECK_EQ(code_of([&] { f.store->drop_segment(f.store->names().segment(1)); }), "INUSE");
  f.store->remove({"a"}, f.now_ms);
  f.store->drop_segment(f.store->names().segment(1));
  CHECK_EQ(f.add_segment(2 << 20), f.store->names().segment(2));
}

TEST(store_compacts_around_pins_and_keeps_every_byte) {
  StoreFixture f(8 << 20);
  std::map<std::string, std::string> expected;
  for (int i = 0; i < 400; ++i) {
    const std::string name = "v" + std::to_string(i);
    expected[name] = std::string(random_between(1, 30000), static_cast<char>('a' + i % 26));
    f.insert(name, expected[name]);
  }
  std::map<std::string, std::pair<uint64_t, uint64_t>> pinned;
  for (int i = 0; i < 400; ++i) {
    const std::string name = "v" + std::to_string(i);
    if (i % 3 == 0) {
      f.store->remove({name}, f.now_ms);
      expected.erase(name);
    } else if (i % 10 == 1) {
      const Entry entry = *f.store->find(name);
      pinned[name] = {f.store->pin(entry, kConnection, f.now_ms), f.store->locate(entry).offset};
    } else if (i % 2 == 0) {
      f.store->locate(*f.store->find(name));
    }
  }
  const std::string shared_id = f.store->names().segment(1);
  int moves = 0;
  for (int round = 0; round < 10; ++round) {
    moves += compact(f, shared_id);
    f.advance(1000);
  }
  CHECK(moves > 0);
  const auto check_all = [&] {
    for (const auto& [name, bytes] : expected) CHECK_EQ(f.read(name), bytes);
    for (const auto& [name, pin] : pinned) CHECK_EQ(f.store->catalog().descriptor(*f.store->find(name)).offset, pin.second);
  };
  check_all();
  f.reopen();
  check_all();
  CHECK_EQ(f.store->report().variables, expected.size());
}

TEST(store_leaves_a_variable_that_was_pinned_during_its_move) {
  StoreFixture f(4 << 20);
  for (int i = 0; i < 100; ++i) f.insert(std::to_string(i), std::string(40000, 'x'));
  for (int i = 0; i < 100; i += 2) f.store->remove({std::to_string(i)}, f.now_ms);
  const std::string shared_id = f.store->names().segment(1);
  std::optional<PendingMove> move;
  for (bool more = true; more && !move;) move = f.store->plan_move(shared_id, true, more);
  CHECK(move.has_value());
  const Entry entry = move->entry;
  const uint64_t offset = f.store->catalog().descriptor(entry).offset;
  const uint64_t token = f.store->pin(entry, kConnection, f.now_ms);
  const uint64_t free_before = free_bytes(f);
  CHECK(!f.store->finish_move(*move, true, f.now_ms));
  CHECK_EQ(f.store->catalog().descriptor(entry).offset, offset);
  CHECK(free_bytes(f) > free_before);
  f.store->unpin(token, f.now_ms);
}

TEST(store_scan_sees_what_stays_across_replacement) {
  StoreFixture f;
  for (int i = 0; i < 3000; ++i) f.insert("k" + std::to_string(i), "1");
  std::set<std::string> seen;
  uint64_t cursor = 0;
  do {
    cursor = f.store->scan(cursor, [&](Entry entry) { seen.insert(std::string(f.store->catalog().name(entry))); });
    f.insert("k" + std::to_string(random_between(0, 2999)), "2", layout::kReplace);
  } while (cursor != 0);
  CHECK_EQ(seen.size(), size_t{3000});
}

TEST(store_names_a_lost_segment_and_lives_on) {
  StoreFixture f;
  f.insert("lost", "1");
  f.add_segment(2 << 20);
  unlink_object(f.store->names().segment(1));
  f.reopen();
  CHECK_EQ(f.store->report().lost_segments.size(), size_t{1});
  CHECK_EQ(f.store->report().lost_variables, uint64_t{1});
  CHECK(!f.store->find("lost"));
  f.insert("lost", "again");
  f.reopen();
  CHECK_EQ(f.read("lost"), "again");
  CHECK_EQ(f.store->report().lost_segments.size(), size_t{0});
}

TEST(store_survives_a_segment_truncated_by_another) {
  StoreFixture f;
  const Entry entry = f.insert("a", std::string(100000, 'a'));
  f.truncate(f.store->names().segment(1));
  CHECK_EQ(code_of([&] { f.read(entry); }), "ERR");
  CHECK_EQ(code_of([&] { f.insert("b", "x"); }), "OOM");
  CHECK_EQ(f.store->counts().variables, uint64_t{1});
  f.add_segment(2 << 20);
  f.insert("b", "x");
  CHECK_EQ(f.read("b"), "x");
}

TEST(store_reuses_at_once_what_need_not_rest) {
  StoreFixture f;
  f.options.quarantine_ms = 0;
  f.reopen();
  const uint64_t before = free_bytes(f);
  f.store->locate(f.insert("a", std::string(1000, 'a')));
  CHECK_EQ(f.store->remove({"a"}, f.now_ms), uint64_t{1});
  CHECK_EQ(free_bytes(f), before);
}

TEST(store_has_one_owner) {
  StoreFixture f;
  CHECK_EQ(code_of([&] { const Store second(f.options, f.now_ms); }), "OWNED");
  CHECK_EQ(code_of([&] { purge_node(f.options.prefix, f.options.node); }), "OWNED");
}

TEST(store_is_free_at_its_close_even_if_a_child_was_forked_meanwhile) {
  StoreFixture f;
  const pid_t child = ::fork();
  if (child == 0) {
    for (;;) ::pause();
  }
  f.store.reset();
  { const Store second(f.options, f.now_ms); }
  ::kill(child, SIGKILL);
  CHECK_EQ(::waitpid(child, nullptr, 0), child);
}

TEST(store_refuses_another_layout_by_name) {
  StoreFixture f;
  fabric::test::scribble(f.store->catalog().header()).version = 99;
  f.store.reset();
  CHECK_EQ(code_of([&] { f.open(); }), "LAYOUT");
}

TEST(store_removes_objects_that_no_record_knows) {
  StoreFixture f;
  const std::string stray = f.store->names().segment(77);
  ShmObject::create(stray, 4096, f.options.access);
  f.reopen();
  CHECK_EQ(f.store->report().stray_objects.size(), size_t{1});
  CHECK_EQ(f.store->report().stray_objects[0], stray);
}

TEST(store_xids_rise_across_restarts) {
  StoreFixture f;
  const uint64_t first = f.store->locate(f.insert("a", "1")).xid;
  f.reopen();
  const uint64_t second = f.store->locate(f.insert("b", "1")).xid;
  CHECK(second >> 32 == (first >> 32) + 1);
  CHECK(second < uint64_t{1} << 53);
}
