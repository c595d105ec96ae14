#include "binding_values.h"
#include "store_jobs.h"

namespace fabric {

namespace {

/// A transfer mostly waits; what more of them want waits for these.
constexpr unsigned kTransfers = 4;

}  // namespace

struct StoreJobs::Job {
  Napi::Promise::Deferred deferred;
  Napi::ObjectReference keep;
  std::function<Napi::Value(Napi::Env, const Failure*)> finish;
  std::optional<Failure> failure;
};

StoreJobs::StoreJobs(Napi::Env env, unsigned threads)
    : copies_(threads, "fabric-copy"),
      settle_(Napi::ThreadSafeFunction::New(env, Napi::Function::New(env, [](const Napi::CallbackInfo&) {}), "fabric jobs", 0, 1)) {
  // Only work under way keeps the process alive.
  settle_.Unref(env);
}

StoreJobs::~StoreJobs() { stop(); }

void StoreJobs::stop() {
  if (stopped_) return;
  stopped_ = true;
  stop_.set();
  copies_.stop();
  if (transfers_) transfers_->stop();
  settle_.Release();
}

WorkerPool& StoreJobs::pool(Lane lane) {
  if (lane == Lane::kCopies) return copies_;
  if (!transfers_) transfers_.emplace(kTransfers, "fabric-transfer");
  return *transfers_;
}

Napi::Promise StoreJobs::run(Napi::Env env, Napi::Object keep, std::function<void(const std::atomic<bool>&)> work,
                             std::function<Napi::Value(Napi::Env, const Failure*)> finish, Lane lane) {
  auto job = std::make_shared<Job>(Job{Napi::Promise::Deferred::New(env), Napi::Persistent(keep), std::move(finish), std::nullopt});
  const Napi::Promise promise = job->deferred.Promise();
  if (running_++ == 0) settle_.Ref(env);
  pool(lane).submit([this, job = std::move(job), work = std::move(work)](const std::atomic<bool>& stopping) mutable {
    try {
      work(stopping);
    } catch (const Failure& failure) {
      job->failure = failure;
    } catch (const std::bad_alloc&) {
      job->failure = Failure("OOM", "the server's own memory is used up");
    }
    // The job holds references of JavaScript, so its last owner must be that thread.
    auto* handed = new std::shared_ptr<Job>(std::move(job));
    settle_.NonBlockingCall([this, handed](Napi::Env env, Napi::Function) {
      const std::unique_ptr<std::shared_ptr<Job>> owned(handed);
      settle(env, **owned);
    });
  });
  return promise;
}

void StoreJobs::settle(Napi::Env env, Job& job) {
  if (env == nullptr) return;
  const Napi::HandleScope scope(env);
  if (--running_ == 0 && !stopped_) settle_.Unref(env);
  try {
    resolve_or_reject(env, job);
  } catch (const Napi::Error&) {
    // The thread is being terminated: nobody is left to be told.
  }
}

void StoreJobs::resolve_or_reject(Napi::Env env, Job& job) {
  try {
    job.deferred.Resolve(job.finish(env, job.failure ? &*job.failure : nullptr));
  } catch (const Failure& failure) {
    job.deferred.Reject(to_js(env, failure).Value());
  } catch (const Napi::Error& error) {
    job.deferred.Reject(error.Value());
  } catch (const std::bad_alloc&) {
    job.deferred.Reject(to_js(env, Failure("OOM", "the server's own memory is used up")).Value());
  }
}

}  // namespace fabric
