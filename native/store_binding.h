#pragma once
#include <napi.h>

#include "payload_access.h"

namespace fabric {

/// The memory behind a store of JavaScript's; nullptr when the value isn't one, or is closed.
PayloadAccess* payload_access(const Napi::Value& store);

void init_store(Napi::Env env, Napi::Object exports);

}  // namespace fabric
