#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include <map>
#include <string>

#include "crc32c.h"
#include "store_fixture.h"

using namespace fabric;
using fabric::test::random_between;
using fabric::test::StoreFixture;

namespace {

constexpr int kNames = 200;

/// What the child acknowledged, written right after each call returned; the value under way may or may not be there.
struct Acknowledged {
  /// Per name: 0 absent, else the number of the value.
  volatile uint64_t value[kNames];
  volatile uint64_t pending_name;
  volatile uint64_t pending_value;
  volatile uint64_t operations;
};

std::string payload_of(uint64_t value) { return std::string(value * 7919 % 20000 + 8, static_cast<char>('a' + value % 26)) + std::to_string(value); }

[[noreturn]] void work(const StoreOptions& options, Acknowledged& log, uint64_t seed) {
  Store store(options, boottime_ms());
  std::mt19937_64 random(seed);
  uint64_t value = log.pending_value;
  const std::string shared_id = store.names().segment(1);
  for (;;) {
    const auto name_index = random() % kNames;
    const std::string name = "n" + std::to_string(name_index);
    log.pending_name = name_index;
    const uint64_t action = random() % 10;
    if (action < 6) {
      const std::string payload = payload_of(++value);
      log.pending_value = value;
      try {
        store.insert({name, "bytes", "documentation"}, payload.data(), payload.size(), layout::kReplace, boottime_ms());
        log.value[name_index] = value;
      } catch (const Failure&) {
        // Full: what was there stays.
      }
    } else if (action < 8) {
      log.pending_value = 0;
      store.remove({name}, boottime_ms());
      log.value[name_index] = 0;
    } else if (const auto entry = store.find(name)) {
      store.locate(*entry);
    }
    log.pending_value = value;
    log.pending_name = kNames;
    if (random() % 8 == 0) {
      bool more = false;
      if (const auto move = store.plan_move(shared_id, true, more)) {
        std::copy(move->from, move->from + move->length, move->to);
        store.finish_move(*move, true, boottime_ms());
      }
    }
    store.sweep(100, boottime_ms());
    log.operations = log.operations + 1;
  }
}

}  // namespace

TEST(store_loses_nothing_acknowledged_in_a_kill) {
  StoreFixture f(4 << 20);
  f.options.quarantine_ms = 5;
  f.store.reset();
  auto* log = static_cast<Acknowledged*>(::mmap(nullptr, sizeof(Acknowledged), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0));
  CHECK(log != MAP_FAILED);
  log->pending_name = kNames;
  uint64_t survived = 0;
  for (int round = 0; round < 30; ++round) {
    const uint64_t before = log->operations;
    const uint64_t seed = random_between(0, UINT64_MAX);
    const pid_t child = ::fork();
    if (child == 0) work(f.options, *log, seed);
    const auto enough = before + random_between(1, 3000);
    while (log->operations < enough) ::usleep(100);
    ::kill(child, SIGKILL);
    int status = 0;
    CHECK_EQ(::waitpid(child, &status, 0), child);
    CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    f.now_ms = boottime_ms();
    f.open();
    uint64_t live_bytes = 0;
    uint64_t live = 0;
    for (uint64_t i = 0; i < kNames; ++i) {
      const auto entry = f.store->find("n" + std::to_string(i));
      const uint64_t value = log->value[i];
      const bool pending = log->pending_name == i;
      if (!entry) {
        CHECK(value == 0 || pending);
        if (pending) log->value[i] = 0;
        continue;
      }
      const std::string bytes = f.read(*entry);
      const bool is_old = value != 0 && bytes == payload_of(value);
      const bool is_new = pending && log->pending_value != 0 && bytes == payload_of(log->pending_value);
      CHECK(is_old || is_new);
      if (is_new) log->value[i] = log->pending_value;
      CHECK_EQ(f.store->catalog().descriptor(*entry).crc32c, crc32c(0, bytes.data(), bytes.size()));
      live_bytes += extent_bytes(bytes.size());
      ++live;
    }
    CHECK_EQ(f.store->counts().variables, live);
    CHECK_EQ(f.store->counts().reservations, uint64_t{0});
    // After its quarantine nothing but the live variables takes room.
    f.advance(6);
    CHECK_EQ(f.used_bytes(), live_bytes);
    survived += live;
    f.store.reset();
  }
  CHECK(survived > 0);
  ::munmap(log, sizeof(Acknowledged));
  f.open();
}
