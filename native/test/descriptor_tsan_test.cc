#include <atomic>
#include <thread>

#include "store_fixture.h"

using namespace fabric;
using fabric::test::StoreFixture;

// Readers in other processes copy descriptors without a lock; what they get is always one moment's truth.
TEST(descriptor_readers_never_see_half_a_move) {
  StoreFixture f(4 << 20);
  const Entry entry = f.insert("moving", std::string(1000, 'm'));
  const layout::Descriptor& descriptor = f.store->catalog().descriptor(entry);
  std::atomic<bool> done = false;
  std::atomic<uint64_t> reads = 0;
  std::atomic<uint64_t> torn = 0;
  const auto reader = [&] {
    while (!done) {
      DescriptorCopy copy;
      if (!read_descriptor(descriptor, copy)) continue;
      ++reads;
      // The writer keeps offset and generation in step.
      if (copy.offset != copy.word.generation) ++torn;
    }
  };
  Catalog catalog = Catalog::open(f.store->names().catalog(), f.options.node);
  const auto move_to = [&](uint32_t generation) {
    layout::Word word = catalog.word(entry);
    word.generation = generation;
    const WordStore stores[] = {{entry, &layout::Descriptor::word, layout::pack(word)}, {entry, &layout::Descriptor::offset, generation}};
    catalog.commit(stores);
  };
  move_to(1);
  std::thread first(reader);
  std::thread second(reader);
  for (uint32_t i = 2; i <= 20000; ++i) move_to(i);
  done = true;
  first.join();
  second.join();
  CHECK(reads > 0);
  CHECK_EQ(torn, uint64_t{0});
  const WordStore restored[] = {{entry, &layout::Descriptor::offset, 0}};
  catalog.commit(restored);
}
