#pragma once
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>

#include "check.h"
#include "clock.h"
#include "code_of.h"
#include "compaction.h"
#include "failure.h"
#include "purge.h"
#include "segment_builder.h"
#include "store.h"

namespace fabric::test {

/// The catalog gives out constant memory; what a crash or another process left there is written past that.
template <class Part>
Part& scribble(const Part& part) {
  return const_cast<Part&>(part);
}

/// A node of its own, gone with the fixture; the clock is the test's.
class StoreFixture {
 public:
  explicit StoreFixture(uint64_t segment_bytes = 4 << 20) {
    char folder[] = "/tmp/fabric-test-XXXXXX";
    CHECK(::mkdtemp(folder) != nullptr);
    options.state_dir = folder;
    options.prefix = "dfnative" + std::to_string(::getpid());
    options.node = "n" + std::to_string(++counter());
    options.limits = {16, 4096, 100000, 8 << 20};
    options.slots_max = 8;
    options.access = {0600, static_cast<gid_t>(-1)};
    options.quarantine_ms = 1000;
    options.restart_grace_ms = 0;
    options.lingers = {2000, 3000};
    open();
    if (segment_bytes != 0) add_segment(segment_bytes);
  }
  ~StoreFixture() {
    store.reset();
    purge_node(options.prefix, options.node);
    unlink_object(ObjectNames(options.prefix, options.node).lock());
    std::filesystem::remove_all(options.state_dir);
  }

  void open() { store = std::make_unique<Store>(options, now_ms); }
  /// As after a kill -9: what is private is gone, what is shared stays.
  void reopen() {
    store.reset();
    open();
  }
  std::string add_segment(uint64_t bytes) {
    static const std::atomic<bool> never = false;
    const uint32_t number = store->next_segment_number();
    const std::string name = store->names().segment(number);
    return store->adopt_segment(name, number, build_segment(name, bytes, options.access, never));
  }
  Entry insert(std::string_view name, std::string_view payload, uint8_t flags = 0, std::string_view type = "bytes") {
    return store->insert({name, type, "about it"}, payload.data(), payload.size(), flags, now_ms);
  }
  /// As a client takes it.
  FileHandle take_slot(off_t slot, uint64_t incarnation) {
    FileHandle file(::shm_open(store->names().slots().c_str(), O_RDWR, 0));
    struct flock lock = {};
    lock.l_type = F_WRLCK;
    lock.l_start = slot * 64;
    lock.l_len = 1;
    CHECK_EQ(::fcntl(file.get(), F_OFD_SETLK, &lock), 0);
    CHECK_EQ(::pwrite(file.get(), &incarnation, 8, slot * 64), 8);
    return file;
  }
  /// As another process of the same user may do.
  void truncate(const std::string& object) {
    const FileHandle file(::shm_open(object.c_str(), O_RDWR, 0));
    CHECK_EQ(::ftruncate(file.get(), 0), 0);
  }
  std::string read(Entry entry) {
    std::string bytes(store->catalog().descriptor(entry).length, '\0');
    store->read(entry, 0, bytes.data(), bytes.size());
    return bytes;
  }
  std::string read(std::string_view name) {
    const auto entry = store->find(name);
    return entry ? read(*entry) : "(absent)";
  }
  uint64_t used_bytes() const {
    uint64_t used = 0;
    store->each_segment([&](const Segment& segment) { used += segment.extents().used_bytes(); });
    return used;
  }
  Swept advance(uint64_t ms) {
    now_ms += ms;
    return store->sweep(1000000, now_ms);
  }

  StoreOptions options;
  uint64_t now_ms = 1000000;
  std::unique_ptr<Store> store;

 private:
  static int& counter() {
    static int value = 0;
    return value;
  }
};

}  // namespace fabric::test
