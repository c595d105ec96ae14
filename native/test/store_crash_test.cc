#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <functional>

#include "store_fixture.h"

using namespace fabric;
using fabric::test::StoreFixture;
using layout::OwnerKind;

namespace {

constexpr Owner kConnection = {OwnerKind::kConnection, 7};

enum class Region { kPins, kRedo, kDescriptors, kStrings };
constexpr Region kRegions[] = {Region::kPins, Region::kRedo, Region::kDescriptors, Region::kStrings};

/// Runs `change` in a process that dies at its first store to that region of the catalog, then opens what it left.
void cut(StoreFixture& f, Region region, const std::function<void(Store&)>& change) {
  const layout::Header& h = f.store->catalog().header();
  const uint64_t ends[] = {h.pins_offset, h.variables_offset, h.strings_offset, h.catalog_bytes};
  const auto [from, to] = region == Region::kPins          ? std::pair(ends[0], ends[1])
                          : region == Region::kRedo        ? std::pair(h.redo_offset, ends[0])
                          : region == Region::kDescriptors ? std::pair(ends[1], ends[2])
                                                           : std::pair(ends[2], ends[3]);
  auto* base = const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(&h));
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGSEGV, SIG_DFL);
    if (::mprotect(base + from, to - from, PROT_READ) == 0) change(*f.store);
    ::_exit(0);
  }
  int status = 0;
  CHECK_EQ(::waitpid(child, &status, 0), child);
  CHECK(WIFSIGNALED(status) ? WTERMSIG(status) == SIGSEGV : WEXITSTATUS(status) == 0);
  f.reopen();
}

/// All lingers and quarantines pass.
void wait_out(StoreFixture& f) {
  for (int i = 0; i < 3; ++i) f.advance(10000);
}

}  // namespace

// Its writer may be writing still: the bytes rest, wherever the abort was cut.
TEST(store_abort_cut_short_leaves_no_exposed_bytes_to_others) {
  for (const Region region : kRegions) {
    StoreFixture f;
    const Entry entry = f.store->reserve({"r", "bytes", ""}, 1000, 0, kConnection, f.now_ms);
    cut(f, region, [&](Store& store) { store.abort(entry, f.now_ms); });
    CHECK(f.used_bytes() > 0);
    wait_out(f);
    CHECK_EQ(f.used_bytes(), uint64_t{0});
    CHECK_EQ(f.store->counts().reservations, uint64_t{0});
    CHECK_EQ(f.store->entries(), uint64_t{0});
  }
}

TEST(store_changes_cut_short_happened_or_did_not) {
  const std::function<void(StoreFixture&, Store&, Entry, Entry)> changes[] = {
      [](StoreFixture& f, Store& s, Entry, Entry) { s.insert({"a", "bytes", ""}, "after!", 6, layout::kReplace, f.now_ms); },
      [](StoreFixture& f, Store& s, Entry, Entry reserved) { s.seal(reserved, 0, f.now_ms); },
      [](StoreFixture& f, Store& s, Entry, Entry) { s.remove({"a", "b"}, f.now_ms); },
      [](StoreFixture& f, Store& s, Entry entry, Entry) { s.pin(entry, kConnection, f.now_ms); },
      [](StoreFixture& f, Store& s, Entry, Entry) {
        s.reserve({"c", "bytes", ""}, 9, 0, kConnection, f.now_ms);
        s.reserve({"l", "bytes", ""}, 9, 0, Owner{OwnerKind::kLease, 10}, f.now_ms);
        s.reserve({"copy", "bytes", ""}, 9, 0, std::nullopt, f.now_ms, {.xid = 77, .replicas = 2});
      },
      [](StoreFixture& f, Store& s, Entry entry, Entry) {
        s.locate(entry);
        const std::string from = s.names().segment(1);
        s.close_segment(from, true);
        bool more = false;
        const auto move = s.plan_evacuation(from, more);
        std::copy(move->from, move->from + move->length, move->to);
        s.finish_move(*move, true, f.now_ms);
      },
  };
  for (const auto& change : changes) {
    for (const Region region : kRegions) {
      StoreFixture f;
      f.add_segment(4 << 20);
      const Entry entry = f.insert("a", "before");
      f.insert("b", "beside");
      f.store->pin(*f.store->find("b"), kConnection, f.now_ms);
      const Entry reserved = f.store->reserve({"a", "bytes", ""}, 6, layout::kReplace, kConnection, f.now_ms);
      f.store->write(reserved, 0, "after!", 6);
      cut(f, region, [&](Store& store) { change(f, store, entry, reserved); });
      const std::string a = f.read("a");
      const std::string b = f.read("b");
      CHECK(a == "before" || a == "after!" || a == "(absent)");
      CHECK_EQ(b, std::string(a == "(absent)" ? "(absent)" : "beside"));
      wait_out(f);
      CHECK_EQ(f.used_bytes(), b == "beside" ? uint64_t{128} : uint64_t{0});
      CHECK_EQ(f.store->entries(), b == "beside" ? uint64_t{2} : uint64_t{0});
      CHECK_EQ(f.store->pins(), uint64_t{0});
      CHECK_EQ(f.read("a"), a);
    }
  }
}
