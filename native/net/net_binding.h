#pragma once
#include <napi.h>

namespace fabric {

/// Adds `openNet` of src/native.ts.
void init_net(Napi::Env env, Napi::Object exports);

}  // namespace fabric
