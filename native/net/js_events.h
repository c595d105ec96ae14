#pragma once
#include <napi.h>

#include "net_events.h"

namespace fabric {

/// Calls NetCallbacks. All callbacks up to `finish` share one callback scope, so microtasks and nextTicks run once for
/// them all. What a callback throws becomes an uncaughtException.
class JsEvents final : public NetEvents {
 public:
  /// Throws when a callback is missing.
  explicit JsEvents(const Napi::Object& callbacks);
  ~JsEvents();
  JsEvents(const JsEvents&) = delete;
  JsEvents& operator=(const JsEvents&) = delete;

  void accept(uint64_t connection, uint32_t listener, const std::string& remote) override;
  void data(uint64_t connection, const uint8_t* bytes, size_t length) override;
  void sunk(uint64_t connection, uint32_t crc32c) override;
  void sink_failed(uint64_t connection) override;
  void end(uint64_t connection) override;
  void drain(uint64_t connection) override;
  void closed(uint64_t connection) override;
  void refused(uint64_t connection, const Failure& failure) override;
  void idle(uint64_t connection) override;
  void sealed(const std::string& name) override;
  void finish() override;

 private:
  template <size_t Count>
  void call(const Napi::FunctionReference& callback, napi_value (&arguments)[Count]);
  void call(const Napi::FunctionReference& callback, uint64_t connection);
  void open_scope();
  void report_exception();
  napi_value number(uint64_t value) const;
  napi_value text(const std::string& value) const;
  napi_value buffer(const uint8_t* bytes, size_t length);
  napi_value slice_slab(const uint8_t* bytes, size_t length);

  const napi_env env_;
  Napi::ObjectReference receiver_;
  Napi::FunctionReference accept_, data_, sunk_, sink_failed_, end_, drain_, closed_, refused_, idle_, sealed_;
  /// `Buffer.from(arrayBuffer, offset, length)`.
  Napi::FunctionReference buffer_from_;
  napi_async_context context_ = nullptr;
  napi_handle_scope handles_ = nullptr;
  napi_callback_scope scope_ = nullptr;
  /// Small chunks are cut from a slab: an ArrayBuffer of its own costs a chunk as much as a system call.
  Napi::Reference<Napi::ArrayBuffer> slab_;
  uint8_t* slab_memory_ = nullptr;
  size_t slab_used_ = 0;
};

}  // namespace fabric
