#include "store_fixture.h"

using namespace fabric;
using fabric::test::StoreFixture;

TEST(store_segment_can_be_dropped_once_it_is_evacuated) {
  StoreFixture f;
  const std::string payload(1000, 'a');
  f.insert("a", payload);
  const std::string there = f.add_segment(4 << 20);
  const std::string here = f.store->names().segment(1);
  f.store->close_segment(here, true);
  bool more = false;
  const auto move = f.store->plan_evacuation(here, more);
  CHECK(move.has_value());
  // Until the move is committed the variable is at its old place only, although both have the same offset.
  CHECK(f.store->find_at(here, 0).has_value());
  CHECK(!f.store->find_at(there, 0));
  std::copy(move->from, move->from + move->length, move->to);
  CHECK(f.store->finish_move(*move, true, f.now_ms));
  CHECK(!f.store->find_at(here, 0));
  CHECK(f.store->find_at(there, 0).has_value());
  f.store->drop_segment(here);
  CHECK_EQ(f.read("a"), payload);
  f.reopen();
  CHECK_EQ(f.read("a"), payload);
  CHECK_EQ(f.store->report().lost_segments.size(), size_t{0});
}
