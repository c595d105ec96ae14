#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include <set>

#include "store_fixture.h"

using namespace fabric;
using fabric::test::code_of;
using fabric::test::StoreFixture;

TEST(store_takes_no_segment_it_could_not_open_for_a_loss) {
  StoreFixture f;
  f.insert("a", "1");
  const std::string path = "/dev/shm" + f.store->names().segment(1);
  const std::string aside = path + ".aside";
  f.store.reset();
  // Stands for what passes: no descriptors left, no memory to map it, no permission.
  CHECK_EQ(::rename(path.c_str(), aside.c_str()), 0);
  CHECK_EQ(::mkdir(path.c_str(), 0700), 0);
  CHECK_EQ(code_of([&] { f.open(); }), "ERR");
  CHECK_EQ(::rmdir(path.c_str()), 0);
  CHECK_EQ(::rename(aside.c_str(), path.c_str()), 0);
  f.open();
  CHECK_EQ(f.read("a"), "1");
}

TEST(store_names_have_1_to_512_bytes) {
  StoreFixture f;
  for (const size_t bytes : {size_t{0}, size_t{513}, size_t{65536 + 5}}) {
    CHECK_EQ(code_of([&] { f.insert(std::string(bytes, 'n'), "x"); }), "ERR");
    CHECK_EQ(code_of([&] { f.store->reserve({std::string(bytes, 'n'), "bytes", ""}, 1, 0, std::nullopt, f.now_ms); }), "ERR");
  }
  f.insert(std::string(512, 'n'), "x");
  CHECK_EQ(f.read(std::string(512, 'n')), "x");
}

TEST(store_lengths_no_segment_has_are_oom) {
  StoreFixture f;
  for (const uint64_t length : {(uint64_t{1} << 53) - 1, UINT64_MAX}) {
    CHECK_EQ(code_of([&] { f.store->reserve({"r", "bytes", ""}, length, 0, std::nullopt, f.now_ms); }), "OOM");
  }
  const Entry entry = f.store->reserve({"r", "bytes", ""}, 100, 0, std::nullopt, f.now_ms);
  CHECK_EQ(code_of([&] { f.store->write(entry, UINT64_MAX, "x", 2); }), "ERR");
  CHECK(f.store->writable(entry, UINT64_MAX, 2) == nullptr);
  f.store->seal(entry, 0, f.now_ms);
  CHECK(f.store->hold(entry, UINT64_MAX, 2) == nullptr);
  CHECK_EQ(f.used_bytes(), uint64_t{128});
}

TEST(store_refuses_descriptors_that_point_outside) {
  using Field = uint64_t layout::Descriptor::*;
  for (const auto& [field, value] : {std::pair<Field, uint64_t>{&layout::Descriptor::length, UINT64_MAX},
                                     {&layout::Descriptor::offset, UINT64_MAX - 63},
                                     {&layout::Descriptor::strings, uint64_t{1} << 48}}) {
    StoreFixture f;
    fabric::test::scribble(f.store->catalog().descriptor(f.insert("a", "1"))).*field = value;
    f.store.reset();
    CHECK_EQ(code_of([&] { f.open(); }), "LAYOUT");
  }
}

TEST(store_leaves_an_object_that_is_no_catalog_alone) {
  StoreFixture f;
  const std::string name = f.store->names().catalog();
  f.store.reset();
  unlink_object(name);
  const FileHandle other(::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
  const std::string content(8192, 'x');
  CHECK_EQ(::pwrite(other.get(), content.data(), content.size(), 0), static_cast<ssize_t>(content.size()));
  CHECK_EQ(code_of([&] { f.open(); }), "LAYOUT");
  CHECK(unlink_object(name));
  const FileHandle begun(::shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600));
  CHECK_EQ(::ftruncate(begun.get(), 8192), 0);
  // Beside segments it is a catalog that somebody has emptied: they may be all that is left of the variables.
  const ObjectNames names(f.options.prefix, f.options.node);
  const auto segments = names.segments_present();
  CHECK(!segments.empty());
  CHECK_EQ(code_of([&] { f.open(); }), "LAYOUT");
  CHECK(names.segments_present() == segments);
  // Without, a creation that was cut short is begun anew.
  for (const std::string& segment : segments) unlink_object(segment);
  f.open();
  CHECK(!f.store->report().warm);
}

TEST(store_reserves_no_more_in_a_segment_found_truncated) {
  StoreFixture f;
  f.add_segment(4 << 20);
  const auto reserve = [&](std::string_view name) { return f.store->reserve({name, "bytes", ""}, 100, 0, std::nullopt, f.now_ms); };
  const Entry entry = reserve("a");
  f.store->examine(entry);
  CHECK_EQ(&f.store->segment_of(reserve("b")), &f.store->segment_of(entry));
  f.truncate(f.store->segment_of(entry).shared_id());
  f.store->examine(entry);
  CHECK(&f.store->segment_of(reserve("c")) != &f.store->segment_of(entry));
}

TEST(store_random_draws_from_all_names) {
  StoreFixture f;
  for (int i = 0; i < 500; ++i) f.insert("n" + std::to_string(i), "1");
  std::set<Entry> drawn;
  for (int i = 0; i < 50000; ++i) drawn.insert(*f.store->random());
  CHECK(drawn.size() > 490);
}
