#include "guarded_copy.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstring>
#include <thread>
#include <vector>

#include "check.h"
#include "crc32c.h"

using namespace fabric;

namespace {

constexpr size_t kBytes = 1 << 20;

/** A shared mapping whose object can be cut short. */
class Object {
 public:
  Object() : descriptor_(memfd_create("guarded_copy_test", 0)) {
    CHECK_EQ(ftruncate(descriptor_, kBytes), 0);
    data = static_cast<uint8_t*>(mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor_, 0));
    CHECK(data != MAP_FAILED);
  }
  ~Object() {
    munmap(data, kBytes);
    close(descriptor_);
  }
  void truncate(off_t bytes) { CHECK_EQ(ftruncate(descriptor_, bytes), 0); }

  uint8_t* data;

 private:
  int descriptor_;
};

/** The signal that ends a child which runs `act`, or 0 if it exits. */
template <typename Act>
int signal_ending(Act act) {
  pid_t child = fork();
  if (child == 0) {
    // A sanitizer would report what is meant to happen.
    signal(SIGBUS, SIG_DFL);
    install_sigbus_guard();
    act();
    _exit(0);
  }
  int status = 0;
  CHECK_EQ(waitpid(child, &status, 0), child);
  return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

void fault_and_recover(int rounds) {
  std::vector<uint8_t> private_bytes(kBytes, 7);
  for (int round = 0; round < rounds; round++) {
    Object object;
    memset(object.data, 5, kBytes);
    uint32_t crc = 0;
    if (!guarded_copy_crc32c(private_bytes.data(), object.data, kBytes, &crc)) abort();
    if (crc != crc32c(0, private_bytes.data(), kBytes)) abort();
    object.truncate(kBytes / 2);
    uint32_t unchanged = crc;
    if (guarded_copy(private_bytes.data(), object.data, kBytes)) abort();
    if (guarded_copy(object.data, private_bytes.data(), kBytes)) abort();
    if (guarded_copy_crc32c(object.data, private_bytes.data(), kBytes, &crc) || crc != unchanged) abort();
    if (guarded_crc32c(object.data, kBytes, &crc) || crc != unchanged) abort();
    if (!guarded_copy(private_bytes.data(), object.data, kBytes / 2)) abort();
  }
}

}  // namespace

// Before anything installs the guard in this process: children start with none.
TEST(unrelated_faults_still_kill) {
  CHECK_EQ(signal_ending([] {}), 0);
  CHECK_EQ(signal_ending([] {
             Object object;
             object.truncate(0);
             *static_cast<volatile uint8_t*>(object.data) = 1;
           }),
           SIGBUS);
  CHECK_EQ(signal_ending([] { raise(SIGBUS); }), SIGBUS);
}

TEST(a_guard_leaves_no_trace) {
  CHECK_EQ(signal_ending([] {
             Object object;
             object.truncate(0);
             uint8_t byte;
             if (guarded_copy(&byte, object.data, 1)) _exit(0);
             *static_cast<volatile uint8_t*>(object.data) = 1;
           }),
           SIGBUS);
}

TEST(an_earlier_handler_gets_what_is_not_ours) {
  pid_t child = fork();
  if (child == 0) {
    signal(SIGBUS, [](int) { _exit(42); });
    install_sigbus_guard();
    raise(SIGBUS);
    _exit(0);
  }
  int status = 0;
  CHECK_EQ(waitpid(child, &status, 0), child);
  CHECK(WIFEXITED(status));
  CHECK_EQ(WEXITSTATUS(status), 42);
}

TEST(copies_and_checksums) {
  install_sigbus_guard();
  install_sigbus_guard();
  std::vector<uint8_t> from(300000);
  for (auto& byte : from) byte = static_cast<uint8_t>(fabric::test::random_source()());
  std::vector<uint8_t> to(from.size());
  CHECK(guarded_copy(to.data(), from.data(), from.size()));
  CHECK(to == from);
  uint32_t first = 0;
  CHECK(guarded_crc32c(from.data(), 1000, &first));
  CHECK_EQ(first, crc32c(0, from.data(), 1000));
  std::fill(to.begin(), to.end(), uint8_t{0});
  CHECK(guarded_copy_crc32c(&to[1000], &from[1000], from.size() - 1000, &first));
  CHECK_EQ(first, crc32c(0, from.data(), from.size()));
  CHECK(guarded_copy(nullptr, nullptr, 0));
}

TEST(a_truncated_object_is_false_again_and_again) {
  install_sigbus_guard();
  fault_and_recover(3);
}

TEST(each_thread_has_its_own_guard) {
  install_sigbus_guard();
  std::thread one(fault_and_recover, 20);
  std::thread two(fault_and_recover, 20);
  one.join();
  two.join();
}
