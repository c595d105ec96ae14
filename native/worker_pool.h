#pragma once
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

namespace fabric {

/// Threads of the addon's own for copies, checksums and transfers: libuv's few are shared with files and DNS.
class WorkerPool {
 public:
  /// `name` is what tools show, of at most 15 bytes.
  WorkerPool(unsigned threads, const char* name);
  ~WorkerPool();

  /// Runs `work(stopping)` on some thread; long work looks at `stopping` now and then and ends early.
  void submit(std::function<void(const std::atomic<bool>& stopping)> work);
  /// What runs is told to end, what waits runs with `stopping` set; returns when all is done. Idempotent.
  void stop();

 private:
  void run(const char* name);

  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<std::function<void(const std::atomic<bool>&)>> queue_;
  std::atomic<bool> stopping_ = false;
  std::vector<std::thread> threads_;
};

}  // namespace fabric
