#include <unistd.h>

#include "binding_values.h"
#include "crc32c.h"
#include "purge.h"
#include "source_file.h"
#include "store_binding.h"
#include "store_wrap.h"

namespace fabric {

namespace {

using Info = const Napi::CallbackInfo&;

Napi::Value purge(Info info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Object options = to_object(info[0], "options");
    const auto gone = purge_node(to_text(options.Get("prefix"), "prefix"), to_text(options.Get("node"), "node"));
    Napi::Array names = Napi::Array::New(info.Env(), gone.size());
    for (uint32_t i = 0; i < gone.size(); ++i) names.Set(i, gone[i]);
    return names;
  });
}

Napi::Value checksum(Info info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const auto bytes = to_bytes(info[0], "bytes");
    const uint32_t seed = info[1].IsUndefined() ? 0 : to_u32(info[1], "seed");
    return number(info.Env(), crc32c(seed, bytes.data(), bytes.size()));
  });
}

Napi::Value open_beneath_root(Info info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return number(info.Env(), static_cast<uint64_t>(open_beneath(to_text(info[0], "root"), to_text(info[1], "path"))));
  });
}

Napi::Value open_shm(Info info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    return number(info.Env(), static_cast<uint64_t>(open_shm_source(to_text(info[0], "name"))));
  });
}

Napi::Value close_descriptor(Info info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    ::close(static_cast<int>(to_u32(info[0], "fd")));
    return info.Env().Undefined();
  });
}

}  // namespace

void init_store(Napi::Env env, Napi::Object exports) {
  auto constructor = std::make_shared<Napi::FunctionReference>(Napi::Persistent(StoreWrap::define(env)));
  exports.Set("openStore", Napi::Function::New(env, [constructor](Info info) -> Napi::Value { return constructor->New({info[0]}); }, "openStore"));
  exports.Set("purge", Napi::Function::New<purge>(env, "purge"));
  exports.Set("crc32c", Napi::Function::New<checksum>(env, "crc32c"));
  exports.Set("openBeneath", Napi::Function::New<open_beneath_root>(env, "openBeneath"));
  exports.Set("openShm", Napi::Function::New<open_shm>(env, "openShm"));
  exports.Set("closeDescriptor", Napi::Function::New<close_descriptor>(env, "closeDescriptor"));
  exports.Set("kernels", crc32c_kernel());
}

}  // namespace fabric
