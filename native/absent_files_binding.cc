#include "absent_files_binding.h"

#include "absent_files.h"
#include "binding_values.h"
#include "store_jobs.h"

namespace fabric {

namespace {

/// One look after the other: a file system that blocks one blocks the others as well.
constexpr unsigned kThreads = 1;

/// The JavaScript object `NativeFileLooks`, with a thread of its own.
class FileLooks : public Napi::ObjectWrap<FileLooks> {
 public:
  static Napi::Function define(Napi::Env env) {
    return DefineClass(env, "FileLooks", {InstanceMethod<&FileLooks::absent>("absent"), InstanceMethod<&FileLooks::close>("close")});
  }

  explicit FileLooks(const Napi::CallbackInfo& info) : Napi::ObjectWrap<FileLooks>(info), jobs_(info.Env(), kThreads) {
    ::napi_add_env_cleanup_hook(info.Env(), at_exit, this);
  }

  ~FileLooks() override {
    ::napi_remove_env_cleanup_hook(Env(), at_exit, this);
    shut();
  }

 private:
  /// The thread must have ended before the environment has.
  static void at_exit(void* looks) { static_cast<FileLooks*>(looks)->shut(); }

  void shut() {
    closed_ = true;
    jobs_.stop();
  }

  Napi::Value absent(const Napi::CallbackInfo& info) {
    return guarded(info.Env(), [&]() -> Napi::Value {
      if (closed_) throw Failure("ERR", "the store is closed");
      auto found = std::make_shared<std::vector<uint8_t>>();
      return jobs_.run(
          info.Env(), info.This().As<Napi::Object>(),
          [found, paths = to_text(info[0], "paths")](const std::atomic<bool>&) { *found = find_absent(paths); },
          [found](Napi::Env env, const Failure* failure) -> Napi::Value {
            if (failure != nullptr) throw *failure;
            return Napi::Buffer<uint8_t>::Copy(env, found->data(), found->size());
          });
    });
  }

  Napi::Value close(const Napi::CallbackInfo& info) {
    shut();
    return info.Env().Undefined();
  }

  StoreJobs jobs_;
  bool closed_ = false;
};

}  // namespace

void init_file_looks(Napi::Env env, Napi::Object exports) {
  auto constructor = std::make_shared<Napi::FunctionReference>(Napi::Persistent(FileLooks::define(env)));
  exports.Set("openFileLooks",
              Napi::Function::New(env, [constructor](const Napi::CallbackInfo&) -> Napi::Value { return constructor->New({}); }, "openFileLooks"));
}

}  // namespace fabric
