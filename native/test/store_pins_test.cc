#include "store_fixture.h"

using namespace fabric;
using fabric::test::StoreFixture;
using layout::OwnerKind;

namespace {

constexpr Owner kConnection = {OwnerKind::kConnection, 7};

/// The first move that would carry something out of the first segment.
std::optional<PendingMove> plan_evacuation(StoreFixture& f) {
  const std::string from = f.store->names().segment(1);
  f.store->close_segment(from, true);
  bool more = false;
  const auto move = f.store->plan_evacuation(from, more);
  f.store->close_segment(from, false);
  return move;
}

Entry reserve(StoreFixture& f, std::string_view name, Owner owner) {
  return f.store->reserve({name, "bytes", ""}, 1000, 0, owner, f.now_ms);
}

}  // namespace

TEST(store_lease_of_a_writer_outlasts_a_restart) {
  StoreFixture f;
  reserve(f, "r", {OwnerKind::kLease, 60000});
  f.reopen();
  CHECK_EQ(f.store->report().limbo, uint64_t{0});
  f.advance(59999);
  CHECK(f.store->find_claim("r").has_value());
  CHECK_EQ(f.store->counts().limbo, uint64_t{0});
  f.advance(1);
  CHECK_EQ(f.store->counts().limbo, uint64_t{1});
  f.advance(3000);
  CHECK(!f.store->find_claim("r"));
}

TEST(store_slot_that_cannot_be_read_proves_no_death) {
  StoreFixture f;
  FileHandle held = f.take_slot(3, 5);
  reserve(f, "r", {OwnerKind::kSlot, 3});
  f.truncate(f.store->names().slots());
  f.advance(1000);
  CHECK(f.store->find_claim("r").has_value());
  f.reopen();
  f.advance(1000);
  CHECK(f.store->find_claim("r").has_value());
  held.reset();
  f.advance(1000);
  CHECK(!f.store->find_claim("r"));
}

TEST(store_closed_connection_with_many_pins_takes_several_steps) {
  StoreFixture f;
  const Entry entry = f.insert("a", "1");
  for (int i = 0; i < 3500; ++i) f.store->pin(entry, kConnection, f.now_ms);
  reserve(f, "r", kConnection);
  f.store->disconnected(kConnection.value, f.now_ms);
  const uint64_t closed_ms = f.now_ms;
  CHECK(f.store->sweep(1000, f.now_ms).more);
  f.now_ms += 100;
  while (f.store->sweep(1000, f.now_ms).more) {}
  CHECK_EQ(f.store->counts().limbo, uint64_t{1});
  CHECK_EQ(f.store->pins_of(entry), 3500u);
  // Each lingers from the moment of the close, whenever its turn came.
  f.now_ms = closed_ms;
  f.advance(1999);
  CHECK_EQ(f.store->pins_of(entry), 3500u);
  f.advance(1);
  CHECK_EQ(f.store->pins_of(entry), 0u);
}

TEST(store_dead_slot_with_many_pins_takes_several_steps) {
  StoreFixture f;
  const Entry entry = f.insert("a", "1");
  FileHandle held = f.take_slot(3, 1);
  const FileHandle alive = f.take_slot(5, 1);
  for (int i = 0; i < 250; ++i) f.store->pin(entry, {OwnerKind::kSlot, 3}, f.now_ms);
  f.store->pin(entry, {OwnerKind::kSlot, 5}, f.now_ms);
  held.reset();
  f.now_ms += 1000;
  for (const uint64_t expected : {100, 100, 50}) {
    const Swept swept = f.store->sweep(100, f.now_ms);
    CHECK_EQ(swept.pins, expected);
    CHECK_EQ(swept.more, expected == 100);
  }
  CHECK_EQ(f.store->pins_of(entry), 1u);
}

// A payload that is complete goes to other nodes before it is sealed here.
TEST(store_holds_a_reservation_of_the_servers_own) {
  for (const bool seals : {true, false}) {
    StoreFixture f;
    const Entry entry = f.store->reserve({"r", "bytes", ""}, 6, 0, std::nullopt, f.now_ms);
    f.store->write(entry, 0, "bytes!", 6);
    const uint8_t* bytes = f.store->hold(entry, 1, 5);
    CHECK(bytes != nullptr);
    CHECK(f.store->hold(entry, 1, 6) == nullptr);
    if (seals) {
      f.store->seal(entry, 0, f.now_ms);
      f.store->remove({"r"}, f.now_ms);
    } else {
      f.store->abort(entry, f.now_ms);
    }
    f.insert("r", "other!");
    f.advance(100000);
    CHECK_EQ(std::string(bytes, bytes + 5), "ytes!");
    CHECK_EQ(f.used_bytes(), uint64_t{128});
    CHECK(f.store->hold(entry, 0, 6) == nullptr);
    f.store->drop(entry);
    CHECK_EQ(f.used_bytes(), uint64_t{64});
    uint64_t pinned = 0;
    f.store->each_segment([&](const Segment& segment) { pinned += segment.pinned_bytes; });
    CHECK_EQ(pinned, uint64_t{0});
  }
}

TEST(store_does_not_move_what_was_sealed_under_a_hold) {
  StoreFixture f;
  const Entry entry = f.store->reserve({"r", "bytes", ""}, 6, 0, std::nullopt, f.now_ms);
  f.add_segment(4 << 20);
  CHECK(f.store->hold(entry, 0, 6) != nullptr);
  f.store->seal(entry, 0, f.now_ms);
  CHECK(!plan_evacuation(f));
  f.store->drop(entry);
  const auto move = plan_evacuation(f);
  CHECK(move && move->entry == entry);
  f.store->finish_move(*move, true, f.now_ms);
}

// Its writer may be anywhere in it.
TEST(store_holds_no_reservation_of_a_client) {
  StoreFixture f;
  const Entry entry = f.store->reserve({"r", "bytes", ""}, 6, 0, kConnection, f.now_ms);
  CHECK(f.store->hold(entry, 0, 6) == nullptr);
}

TEST(store_pins_of_a_connection_numbered_zero_are_its_own) {
  StoreFixture f;
  const Entry entry = f.insert("a", "1");
  f.store->unpin(f.store->pin(entry, {OwnerKind::kConnection, 0}, f.now_ms), f.now_ms);
  f.store->pin(entry, kConnection, f.now_ms);
  f.store->disconnected(0, f.now_ms);
  f.advance(100000);
  CHECK_EQ(f.store->pins_of(entry), 1u);
}
