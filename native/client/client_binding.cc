#include "client_binding.h"

#include <memory>

#include "../binding_values.h"
#include "../failure.h"
#include "slot_lock.h"
#include "window.h"

namespace fabric {

namespace {

Napi::Error refusal(Napi::Env env, const char* message) { return to_js(env, Failure("ERR", message)); }

/// What `map` hands to the constructor.
struct Mapped {
  Napi::ArrayBuffer buffer;
  uint64_t offset;
  uint64_t inode;
  uint64_t size;
};

class Mapping : public Napi::ObjectWrap<Mapping> {
 public:
  static Napi::Function define(Napi::Env env) { return DefineClass(env, "Mapping", {InstanceMethod<&Mapping::close>("close")}); }

  explicit Mapping(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Mapping>(info) {
    if (!info[0].IsExternal()) throw refusal(info.Env(), "mappings are made by map()");
    const Mapped& mapped = *info[0].As<Napi::External<Mapped>>().Data();
    const Napi::Env env = info.Env();
    // Held by the object and not from here: only the garbage collector may decide that no view is left.
    info.This().As<Napi::Object>().DefineProperties({
        Napi::PropertyDescriptor::Value("buffer", mapped.buffer, napi_enumerable),
        Napi::PropertyDescriptor::Value("offset", number(env, mapped.offset), napi_enumerable),
        Napi::PropertyDescriptor::Value("inode", number(env, mapped.inode), napi_enumerable),
        Napi::PropertyDescriptor::Value("size", number(env, mapped.size), napi_enumerable),
    });
  }

 private:
  /// Empties every view; the finalizer of the buffer then lets go of the window.
  void close(const Napi::CallbackInfo& info) {
    Napi::ArrayBuffer buffer = info.This().As<Napi::Object>().Get("buffer").As<Napi::ArrayBuffer>();
    if (!buffer.IsDetached()) buffer.Detach();
  }
};

class Slot : public Napi::ObjectWrap<Slot> {
 public:
  static Napi::Function define(Napi::Env env) { return DefineClass(env, "Slot", {InstanceMethod<&Slot::close>("close")}); }

  explicit Slot(const Napi::CallbackInfo& info) : Napi::ObjectWrap<Slot>(info) {
    if (!info[0].IsExternal()) throw refusal(info.Env(), "slots are made by acquireSlot()");
    lock_ = std::make_unique<SlotLock>(std::move(*info[0].As<Napi::External<SlotLock>>().Data()));
    info.This().As<Napi::Object>().DefineProperties({
        Napi::PropertyDescriptor::Value("index", number(info.Env(), lock_->index()), napi_enumerable),
        Napi::PropertyDescriptor::Value("inode", number(info.Env(), lock_->inode()), napi_enumerable),
    });
  }

 private:
  void close(const Napi::CallbackInfo&) { lock_->release(); }

  std::unique_ptr<SlotLock> lock_;
};

void release_window(napi_env, void*, void* hint) { delete static_cast<std::shared_ptr<Window>*>(hint); }

/// An ArrayBuffer over the window; none where the runtime refuses external ones.
napi_value external_buffer(Napi::Env env, const std::shared_ptr<Window>& window) {
  auto hint = std::make_unique<std::shared_ptr<Window>>(window);
  napi_value buffer = nullptr;
  const napi_status status =
      napi_create_external_arraybuffer(env, window->data(), window->bytes(), release_window, hint.get(), &buffer);
  if (status == napi_no_external_buffers_allowed) return nullptr;
  // From here on the finalizer owns the hint: it runs even when the call has failed.
  hint.release();
  if (status != napi_ok) {
    if (env.IsExceptionPending()) throw env.GetAndClearPendingException();
    throw refusal(env, "the runtime could not make a buffer over shared memory");
  }
  return buffer;
}

Mapped copied(Napi::Env env, const WindowRequest& request) {
  if (request.writable) {
    throw refusal(env, "this runtime can't write to shared memory in place: insert the bytes instead");
  }
  if (request.length > kWindowBytesMax) throw refusal(env, "a view spans at most 4294967296 bytes");
  Napi::ArrayBuffer buffer = Napi::ArrayBuffer::New(env, request.length);
  const PayloadCopy copy = copy_payload(request, buffer.Data());
  return {buffer, 0, copy.inode, copy.object_bytes};
}

Mapped mapped(Napi::Env env, const WindowRequest& request) {
  const std::shared_ptr<Window> window = Window::map(request);
  if (window->bytes() == 0) return {Napi::ArrayBuffer::New(env, 0), 0, window->inode(), window->object_bytes()};
  const napi_value buffer = external_buffer(env, window);
  if (buffer == nullptr) return copied(env, request);
  return {Napi::ArrayBuffer(env, buffer), window->payload_offset(), window->inode(), window->object_bytes()};
}

bool external_buffers_allowed(Napi::Env env) {
  static uint8_t probe[1];
  napi_value buffer = nullptr;
  const auto keep = [](napi_env, void*, void*) {};
  return napi_create_external_arraybuffer(env, probe, sizeof probe, keep, nullptr, &buffer) == napi_ok;
}

}  // namespace

void init_client(Napi::Env env, Napi::Object exports) {
  const auto mapping = std::make_shared<Napi::FunctionReference>(Napi::Persistent(Mapping::define(env)));
  const auto slot = std::make_shared<Napi::FunctionReference>(Napi::Persistent(Slot::define(env)));
  exports.Set("map", Napi::Function::New(
                         env,
                         [mapping](const Napi::CallbackInfo& info) -> Napi::Value {
                           return guarded(info.Env(), [&]() -> Napi::Value {
                             const WindowRequest request{to_text(info[0], "the object's name"), to_u64(info[1], "offset"),
                                                         to_u64(info[2], "length"), info[3].ToBoolean().Value()};
                             const bool copy = info[4].ToBoolean().Value();
                             Mapped result = copy ? copied(info.Env(), request) : mapped(info.Env(), request);
                             return mapping->New({Napi::External<Mapped>::New(info.Env(), &result)});
                           });
                         },
                         "map"));
  exports.Set("acquireSlot", Napi::Function::New(
                                 env,
                                 [slot](const Napi::CallbackInfo& info) -> Napi::Value {
                                   return guarded(info.Env(), [&]() -> Napi::Value {
                                     SlotLock lock = SlotLock::acquire(to_text(info[0], "the slots object's name"));
                                     return slot->New({Napi::External<SlotLock>::New(info.Env(), &lock)});
                                   });
                                 },
                                 "acquireSlot"));
  exports.Set("externalBuffers", Napi::Boolean::New(env, external_buffers_allowed(env)));
}

}  // namespace fabric
