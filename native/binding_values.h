#pragma once
/// Between JavaScript values and plain ones; what is malformed is an ERR, never a crash.
#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "failure.h"

namespace fabric {

Napi::Error to_js(Napi::Env env, const Failure& failure);

/// Runs `body` and turns a Failure (or another exception of C++) into a JavaScript one.
template <class Body>
auto guarded(Napi::Env env, const Body& body) -> decltype(body()) {
  try {
    return body();
  } catch (const Failure& failure) {
    throw to_js(env, failure);
  } catch (const std::bad_alloc&) {
    throw to_js(env, Failure("OOM", "the server's own memory is used up"));
  } catch (const Napi::Error&) {
    throw;
  } catch (const std::exception& error) {
    throw to_js(env, Failure("ERR", error.what()));
  }
}

/// A whole number from 0 to 2^53 - 1.
uint64_t to_u64(const Napi::Value& value, const char* what);
uint32_t to_u32(const Napi::Value& value, const char* what);
std::string to_text(const Napi::Value& value, const char* what);
/// The bytes of a Buffer or Uint8Array, valid while the call lasts.
std::string_view to_bytes(const Napi::Value& value, const char* what);
std::vector<uint64_t> to_numbers(const Napi::Value& value, const char* what);
Napi::Object to_object(const Napi::Value& value, const char* what);
bool flag(const Napi::Value& options, const char* name);

inline Napi::Number number(Napi::Env env, uint64_t value) { return Napi::Number::New(env, static_cast<double>(value)); }
inline Napi::Value text(Napi::Env env, std::string_view value) { return Napi::String::New(env, value.data(), value.size()); }
inline Napi::Buffer<char> to_buffer(Napi::Env env, std::string_view bytes) { return Napi::Buffer<char>::Copy(env, bytes.data(), bytes.size()); }

}  // namespace fabric
