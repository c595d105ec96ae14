#pragma once
#include <napi.h>

namespace fabric {

/// Adds `openFileLooks` of src/native.ts to the exports.
void init_file_looks(Napi::Env env, Napi::Object exports);

}  // namespace fabric
