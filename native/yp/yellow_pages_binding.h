#pragma once
#include <napi.h>

namespace fabric {

/// Adds `openYellowPages` of src/native.ts to the exports.
void init_yellow_pages(Napi::Env env, Napi::Object exports);

}  // namespace fabric
