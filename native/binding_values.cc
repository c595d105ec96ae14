#include "binding_values.h"

#include <cmath>

namespace fabric {

namespace {

[[noreturn]] void refuse(const char* what, const char* wanted) {
  throw Failure("ERR", std::string(what) + " must be " + wanted);
}

}  // namespace

Napi::Error to_js(Napi::Env env, const Failure& failure) {
  Napi::Error error = Napi::Error::New(env, failure.message());
  error.Set("code", Napi::String::New(env, failure.code()));
  return error;
}

uint64_t to_u64(const Napi::Value& value, const char* what) {
  constexpr double kLimit = 9007199254740992.0;
  if (!value.IsNumber()) refuse(what, "a whole number");
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= 0 && number < kLimit) || std::floor(number) != number) refuse(what, "a whole number from 0 to 2^53 - 1");
  return static_cast<uint64_t>(number);
}

uint32_t to_u32(const Napi::Value& value, const char* what) {
  const uint64_t wide = to_u64(value, what);
  if (wide > UINT32_MAX) refuse(what, "a whole number below 2^32");
  return static_cast<uint32_t>(wide);
}

std::string to_text(const Napi::Value& value, const char* what) {
  if (!value.IsString()) refuse(what, "a string");
  return value.As<Napi::String>().Utf8Value();
}

std::string_view to_bytes(const Napi::Value& value, const char* what) {
  if (!value.IsTypedArray() || value.As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) refuse(what, "a Buffer or Uint8Array");
  const auto array = value.As<Napi::Uint8Array>();
  return {reinterpret_cast<const char*>(array.Data()), array.ByteLength()};
}

std::vector<uint64_t> to_numbers(const Napi::Value& value, const char* what) {
  if (!value.IsArray()) refuse(what, "an array");
  const auto array = value.As<Napi::Array>();
  std::vector<uint64_t> numbers(array.Length());
  for (uint32_t i = 0; i < numbers.size(); ++i) numbers[i] = to_u64(array.Get(i), what);
  return numbers;
}

Napi::Object to_object(const Napi::Value& value, const char* what) {
  if (!value.IsObject()) refuse(what, "an object");
  return value.As<Napi::Object>();
}

bool flag(const Napi::Value& options, const char* name) {
  return options.IsObject() && options.As<Napi::Object>().Get(name).ToBoolean().Value();
}

}  // namespace fabric
