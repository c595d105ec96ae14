#include "client/client_binding.h"
#include "net/net_binding.h"
#include "store_binding.h"

namespace {

Napi::Object init(Napi::Env env, Napi::Object exports) {
  fabric::init_store(env, exports);
  fabric::init_net(env, exports);
  fabric::init_client(env, exports);
  return exports;
}

}  // namespace

NODE_API_MODULE(datafabric, init)
