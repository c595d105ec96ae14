#include "guarded_copy.h"

#include <sys/mman.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "check.h"
#include "crc32c.h"

using namespace fabric;

namespace {

constexpr size_t kBytes = 64 << 10;

/** Counts what went as it should: one whole copy, one that meets the end of the object. */
void copy_from_a_shrinking_object(std::atomic<int>& right) {
  install_sigbus_guard();
  int descriptor = memfd_create("guarded_copy_tsan_test", 0);
  if (ftruncate(descriptor, kBytes) != 0) return;
  void* data = mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0);
  std::vector<uint8_t> to(kBytes);
  uint32_t crc = 0;
  if (guarded_copy_crc32c(to.data(), data, kBytes, &crc) && crc == crc32c(0, to.data(), kBytes)) right++;
  if (ftruncate(descriptor, 0) == 0 && !guarded_crc32c(data, kBytes, &crc)) right++;
  munmap(data, kBytes);
  close(descriptor);
}

}  // namespace

// The first test to touch either, so that installing and choosing a kernel race if they can.
TEST(threads_install_dispatch_and_fault_at_once) {
  std::atomic<int> right = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; i++) threads.emplace_back([&] { copy_from_a_shrinking_object(right); });
  for (auto& thread : threads) thread.join();
  CHECK_EQ(right.load(), 8);
}
