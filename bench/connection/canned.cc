/// Answers every request of a fixed length with a canned reply, without JavaScript: what a hot path in the addon's
/// sockets can reach.
#include <napi.h>
#include <uv.h>

#include <algorithm>
#include <cstring>
#include <string>
#include <unordered_map>

#include "net/hot_path.h"
#include "net/net.h"

namespace {

class CannedAnswers final : public fabric::HotPath {
 public:
  CannedAnswers(size_t request_bytes, const std::string& reply) : request_bytes_(request_bytes) {
    for (size_t i = 0; i < kRepliesAtOnce; i++) replies_ += reply;
    reply_bytes_ = reply.size();
  }

  Answered answer(fabric::HotState& state, const uint8_t*, size_t length, fabric::OutputQueue& output, size_t) override {
    size_t& partial = partial_[&state];
    size_t commands = (partial + length) / request_bytes_;
    partial = (partial + length) % request_bytes_;
    for (; commands > 0; commands -= std::min(commands, kRepliesAtOnce)) {
      const size_t count = std::min(commands, kRepliesAtOnce);
      output.append(reinterpret_cast<const uint8_t*>(replies_.data()), count * reply_bytes_);
    }
    return {length, false};
  }
  // It begins no bulk.
  fabric::Sink sink(const fabric::HotBulk&) override { return fabric::Sink(0); }
  std::optional<fabric::Failure> complete(fabric::HotState&, uint32_t, bool, fabric::OutputQueue&) override { return std::nullopt; }
  void abandon(fabric::HotState&) override {}

 private:
  static constexpr size_t kRepliesAtOnce = 64;

  const size_t request_bytes_;
  size_t reply_bytes_;
  std::string replies_;
  /// Bytes of a request whose rest is still to come.
  std::unordered_map<const fabric::HotState*, size_t> partial_;
};

class NoEvents final : public fabric::NetEvents {
 public:
  void accept(uint64_t, uint32_t, const std::string&) override {}
  void data(uint64_t, const uint8_t*, size_t) override {}
  void sunk(uint64_t, uint32_t) override {}
  void sink_failed(uint64_t) override {}
  void end(uint64_t connection) override { net->find(connection)->end(); }
  void drain(uint64_t) override {}
  void closed(uint64_t) override {}
  void refused(uint64_t, const fabric::Failure&) override {}
  void idle(uint64_t) override {}
  void sealed(const std::string&) override {}
  void finish() override {}

  fabric::Net* net = nullptr;
};

/// Serves until the process ends; returns the port.
Napi::Value serve(const Napi::CallbackInfo& info) {
  uv_loop_t* loop;
  napi_get_uv_event_loop(info.Env(), &loop);
  auto* answers = new CannedAnswers(info[0].As<Napi::Number>().Uint32Value(), info[1].As<Napi::String>().Utf8Value());
  auto* events = new NoEvents;
  events->net = new fabric::Net(loop, *events, {1 << 20, 1 << 16}, answers);
  return Napi::Number::New(info.Env(), events->net->port(events->net->listen_tcp("127.0.0.1", 0)));
}

Napi::Object init(Napi::Env env, Napi::Object exports) {
  exports.Set("serve", Napi::Function::New(env, serve, "serve"));
  return exports;
}

}  // namespace

NODE_API_MODULE(canned, init)
