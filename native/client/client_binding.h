#pragma once
#include <napi.h>

namespace fabric {

/// Adds `map`, `acquireSlot` and `externalBuffers` of src/native.ts to the exports.
void init_client(Napi::Env env, Napi::Object exports);

}  // namespace fabric
