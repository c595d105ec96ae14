#include "js_events.h"

#include <cstring>

#include "../failure.h"

namespace fabric {
namespace {

/// A chunk that is kept keeps its slab alive, so a slab is small.
constexpr size_t kSlabBytes = 16 << 10;
constexpr size_t kSliceBytesMax = 2 << 10;

Napi::FunctionReference callback(const Napi::Object& callbacks, const char* name) {
  const Napi::Value value = callbacks.Get(name);
  if (!value.IsFunction()) {
    throw Failure("ERR", std::string("openNet needs a callback '") + name + "'");
  }
  return Napi::Persistent(value.As<Napi::Function>());
}

}  // namespace

JsEvents::JsEvents(const Napi::Object& callbacks)
    : env_(callbacks.Env()),
      receiver_(Napi::Persistent(callbacks)),
      accept_(callback(callbacks, "accept")),
      data_(callback(callbacks, "data")),
      sunk_(callback(callbacks, "sunk")),
      sink_failed_(callback(callbacks, "sinkFailed")),
      end_(callback(callbacks, "end")),
      drain_(callback(callbacks, "drain")),
      closed_(callback(callbacks, "closed")),
      refused_(callback(callbacks, "refused")),
      idle_(callback(callbacks, "idle")),
      sealed_(callback(callbacks, "sealed")) {
  const Napi::Env env = callbacks.Env();
  const auto buffer = env.Global().Get("Buffer").As<Napi::Object>();
  buffer_from_ = Napi::Persistent(buffer.Get("from").As<Napi::Function>());
  napi_async_init(env_, callbacks, Napi::String::New(env, "DatafabricNet"), &context_);
}

JsEvents::~JsEvents() { napi_async_destroy(env_, context_); }

void JsEvents::accept(uint64_t connection, uint32_t listener, const std::string& remote) {
  open_scope();
  napi_value arguments[] = {number(connection), number(listener), text(remote)};
  call(accept_, arguments);
}

void JsEvents::data(uint64_t connection, const uint8_t* bytes, size_t length) {
  open_scope();
  napi_handle_scope handles;
  napi_open_handle_scope(env_, &handles);
  napi_value arguments[] = {number(connection), buffer(bytes, length)};
  if (arguments[1] != nullptr) {
    call(data_, arguments);
  } else {
    report_exception();
  }
  napi_close_handle_scope(env_, handles);
}

void JsEvents::sunk(uint64_t connection, uint32_t crc32c) {
  open_scope();
  napi_value arguments[] = {number(connection), number(crc32c)};
  call(sunk_, arguments);
}

void JsEvents::sink_failed(uint64_t connection) { call(sink_failed_, connection); }

void JsEvents::end(uint64_t connection) { call(end_, connection); }

void JsEvents::drain(uint64_t connection) { call(drain_, connection); }

void JsEvents::closed(uint64_t connection) { call(closed_, connection); }

void JsEvents::refused(uint64_t connection, const Failure& failure) {
  open_scope();
  napi_value arguments[] = {number(connection), text(failure.code()), text(failure.message())};
  call(refused_, arguments);
}

void JsEvents::idle(uint64_t connection) { call(idle_, connection); }

void JsEvents::sealed(const std::string& name) {
  open_scope();
  napi_value arguments[] = {nullptr};
  napi_create_buffer_copy(env_, name.size(), name.data(), nullptr, &arguments[0]);
  if (arguments[0] != nullptr) {
    call(sealed_, arguments);
  } else {
    report_exception();
  }
}

void JsEvents::call(const Napi::FunctionReference& callback, uint64_t connection) {
  open_scope();
  napi_value arguments[] = {number(connection)};
  call(callback, arguments);
}

template <size_t Count>
void JsEvents::call(const Napi::FunctionReference& callback, napi_value (&arguments)[Count]) {
  const napi_status status =
      napi_call_function(env_, receiver_.Value(), callback.Value(), Count, arguments, nullptr);
  if (status != napi_ok) report_exception();
}

void JsEvents::open_scope() {
  if (scope_ != nullptr) return;
  napi_open_handle_scope(env_, &handles_);
  napi_open_callback_scope(env_, receiver_.Value(), context_, &scope_);
}

void JsEvents::finish() {
  if (scope_ == nullptr) return;
  napi_close_callback_scope(env_, std::exchange(scope_, nullptr));
  napi_close_handle_scope(env_, std::exchange(handles_, nullptr));
}

/// There is no exception when the environment is being terminated: nothing is to be reported then.
void JsEvents::report_exception() {
  bool pending = false;
  napi_is_exception_pending(env_, &pending);
  if (!pending) return;
  napi_value error;
  if (napi_get_and_clear_last_exception(env_, &error) == napi_ok) napi_fatal_exception(env_, error);
}

napi_value JsEvents::number(uint64_t value) const {
  napi_value result;
  napi_create_double(env_, static_cast<double>(value), &result);
  return result;
}

napi_value JsEvents::text(const std::string& value) const {
  napi_value result;
  napi_create_string_utf8(env_, value.data(), value.size(), &result);
  return result;
}

/// nullptr, with an exception pending or without, when there is no memory.
napi_value JsEvents::buffer(const uint8_t* bytes, size_t length) {
  if (length <= kSliceBytesMax) return slice_slab(bytes, length);
  napi_value result = nullptr;
  napi_create_buffer_copy(env_, length, bytes, nullptr, &result);
  return result;
}

napi_value JsEvents::slice_slab(const uint8_t* bytes, size_t length) {
  if (slab_memory_ == nullptr || kSlabBytes - slab_used_ < length) {
    napi_value slab;
    void* memory;
    if (napi_create_arraybuffer(env_, kSlabBytes, &memory, &slab) != napi_ok) return nullptr;
    slab_ = Napi::Persistent(Napi::ArrayBuffer(env_, slab));
    slab_memory_ = static_cast<uint8_t*>(memory);
    slab_used_ = 0;
  }
  std::memcpy(slab_memory_ + slab_used_, bytes, length);
  napi_value arguments[] = {slab_.Value(), number(slab_used_), number(length)};
  slab_used_ += length;
  napi_value result = nullptr;
  napi_call_function(env_, receiver_.Value(), buffer_from_.Value(), 3, arguments, &result);
  return result;
}

}  // namespace fabric
