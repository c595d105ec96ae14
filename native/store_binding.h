#pragma once
#include <napi.h>

#include <memory>

namespace fabric {

class Store;

/// The store behind an object of JavaScript's; nullptr when the value isn't one, or is closed. To be kept only weakly.
std::shared_ptr<Store> store_of(const Napi::Value& value);

void init_store(Napi::Env env, Napi::Object exports);

}  // namespace fabric
