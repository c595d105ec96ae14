#include "worker_pool.h"

#include <pthread.h>
#include <signal.h>

namespace fabric {

WorkerPool::WorkerPool(unsigned threads, const char* name) {
  for (unsigned i = 0; i < threads; ++i) threads_.emplace_back([this, name] { run(name); });
}

WorkerPool::~WorkerPool() { stop(); }

void WorkerPool::submit(std::function<void(const std::atomic<bool>&)> work) {
  {
    const std::lock_guard guard(mutex_);
    queue_.push_back(std::move(work));
  }
  wake_.notify_one();
}

void WorkerPool::stop() {
  {
    const std::lock_guard guard(mutex_);
    stopping_ = true;
  }
  wake_.notify_all();
  for (std::thread& thread : threads_) {
    if (thread.joinable()) thread.join();
  }
}

void WorkerPool::run(const char* name) {
  ::pthread_setname_np(::pthread_self(), name);
  // Signals belong to the main thread; SIGBUS stays, the guard needs it.
  sigset_t all;
  ::sigfillset(&all);
  for (const int fault : {SIGBUS, SIGSEGV, SIGFPE, SIGILL}) ::sigdelset(&all, fault);
  ::pthread_sigmask(SIG_BLOCK, &all, nullptr);
  for (;;) {
    std::function<void(const std::atomic<bool>&)> work;
    {
      std::unique_lock lock(mutex_);
      wake_.wait(lock, [this] { return stopping_ || !queue_.empty(); });
      if (queue_.empty()) return;
      work = std::move(queue_.front());
      queue_.pop_front();
    }
    work(stopping_);
  }
}

}  // namespace fabric
