#include "absent_files_binding.h"
#include "client/client_binding.h"
#include "net/net_binding.h"
#include "store_binding.h"
#include "store_points.h"
#include "yp/yellow_pages_binding.h"

namespace {

#ifdef FABRIC_CRASH_POINTS
/// In the order in which crash_points.h counts them.
void init_crash_points(Napi::Env env, Napi::Object exports) {
  Napi::Array points = Napi::Array::New(env);
  for (const fabric::StorePointInfo& info : fabric::kStorePoints) {
    Napi::Object point = Napi::Object::New(env);
    point.Set("name", info.name);
    point.Set("commit", info.kind == fabric::StoreKind::kCommit);
    points.Set(points.Length(), point);
  }
  exports.Set("storePoints", points);
}
#endif

Napi::Object init(Napi::Env env, Napi::Object exports) {
  fabric::init_store(env, exports);
  fabric::init_net(env, exports);
  fabric::init_client(env, exports);
  fabric::init_yellow_pages(env, exports);
  fabric::init_file_looks(env, exports);
#ifdef FABRIC_CRASH_POINTS
  init_crash_points(env, exports);
#endif
  return exports;
}

}  // namespace

NODE_API_MODULE(datafabric, init)
