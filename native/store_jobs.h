#pragma once
#include <napi.h>

#include <functional>
#include <memory>
#include <optional>

#include "failure.h"
#include "worker_pool.h"

namespace fabric {

/// Runs work on the pool and settles a Promise with it, on the thread of JavaScript.
class StoreJobs {
 public:
  StoreJobs(Napi::Env env, unsigned threads);
  ~StoreJobs();

  /// `work` runs elsewhere, `finish` afterwards on this thread, with the Failure of `work` if there was one. `keep` stays
  /// reachable meanwhile.
  Napi::Promise run(Napi::Env env, Napi::Object keep, std::function<void(const std::atomic<bool>&)> work,
                    std::function<Napi::Value(Napi::Env, const Failure*)> finish);
  /// Waits for what runs; its promises are still settled if the environment lives. Idempotent.
  void stop();

 private:
  struct Job;
  void settle(Napi::Env env, Job& job);
  static void resolve_or_reject(Napi::Env env, Job& job);

  WorkerPool pool_;
  Napi::ThreadSafeFunction settle_;
  uint32_t running_ = 0;
  bool stopped_ = false;
};

}  // namespace fabric
