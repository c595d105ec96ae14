#include "store_fixture.h"
using namespace fabric;
using fabric::test::StoreFixture;

TEST(store_probe_evacuated_segment_can_be_dropped) {
  StoreFixture f;
  f.insert("a", std::string(1000, 'a'));
  const std::string there = f.add_segment(4 << 20);
  const std::string here = f.store->names().segment(1);
  f.store->close_segment(here, true);
  bool more = false;
  const auto move = f.store->plan_evacuation(here, more);
  CHECK(move.has_value());
  CHECK(!f.store->find_at(there, 0));
  CHECK(f.store->find_at(here, 0).has_value());
  std::copy(move->from, move->from + move->length, move->to);
  CHECK(f.store->finish_move(*move, true, f.now_ms));
  CHECK(f.store->find_at(there, 0).has_value());
  f.store->drop_segment(here);
  CHECK_EQ(f.read("a"), std::string(1000, 'a'));
}
