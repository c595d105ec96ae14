#pragma once
#include <napi.h>

#include <functional>
#include <memory>
#include <optional>

#include "failure.h"
#include "stop_event.h"
#include "worker_pool.h"

namespace fabric {

/// Runs work on the pool and settles a Promise with it, on the thread of JavaScript.
class StoreJobs {
 public:
  StoreJobs(Napi::Env env, unsigned threads);
  ~StoreJobs();

  /// Work in one lane doesn't wait for that in the other.
  enum class Lane {
    kCopies,     ///< Keeps a processor busy.
    kTransfers,  ///< Waits for another machine, for minutes perhaps.
  };

  /// `work` runs elsewhere, `finish` afterwards on this thread, with the Failure of `work` if there was one. `keep` stays
  /// reachable meanwhile.
  Napi::Promise run(Napi::Env env, Napi::Object keep, std::function<void(const std::atomic<bool>&)> work,
                    std::function<Napi::Value(Napi::Env, const Failure*)> finish, Lane lane = Lane::kCopies);
  /// Becomes readable when work that waits is to end.
  int stop_descriptor() const { return stop_.descriptor(); }
  /// Waits for what runs; its promises are still settled if the environment lives. Idempotent.
  void stop();

 private:
  struct Job;
  void settle(Napi::Env env, Job& job);
  static void resolve_or_reject(Napi::Env env, Job& job);

  WorkerPool& pool(Lane lane);

  StopEvent stop_;
  WorkerPool copies_;
  /// Made when it is first needed.
  std::optional<WorkerPool> transfers_;
  Napi::ThreadSafeFunction settle_;
  uint32_t running_ = 0;
  bool stopped_ = false;
};

}  // namespace fabric
