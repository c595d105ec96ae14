#include "net_binding.h"

#include <uv.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "../binding_values.h"
#include "../guarded_copy.h"
#include "../hot/hot_commands.h"
#include "../store_binding.h"
#include "js_events.h"
#include "net.h"
#include "payload_hold.h"
#include "../store_access.h"

namespace fabric {
namespace {

/// Smaller buffers are copied: a reference costs more than that.
constexpr size_t kCopyBytesMax = 16 << 10;
constexpr uint32_t kModeMax = 0777;
constexpr uint64_t kCacheNamesMax = 100'000'000;
/// As the yellow pages have them.
constexpr uint32_t kPlacementsMax = 8;
constexpr uint64_t kTtlMsMax = uint64_t{1} << 40;

/// The server's buffer, which it doesn't change until it is sent.
class BufferHold final : public Hold {
 public:
  explicit BufferHold(const Napi::Object& buffer) : buffer_(Napi::Persistent(buffer)) {}

 private:
  Napi::ObjectReference buffer_;
};

/// NativeNet of src/native.ts.
class NetBinding final : public Napi::ObjectWrap<NetBinding> {
 public:
  static Napi::Object open(const Napi::CallbackInfo& info);
  explicit NetBinding(const Napi::CallbackInfo& info);

 private:
  using Info = const Napi::CallbackInfo&;

  template <Napi::Value (NetBinding::*method)(Info)>
  Napi::Value call(Info info) {
    return guarded(info.Env(), [&] { return (this->*method)(info); });
  }

  void start(Info info);
  Napi::Value listen_tcp(Info info);
  Napi::Value listen_unix(Info info);
  Napi::Value close_listener(Info info);
  Napi::Value claim_number(Info info);
  Napi::Value write(Info info);
  Napi::Value write_variable(Info info);
  Napi::Value sink(Info info);
  Napi::Value discard(Info info);
  Napi::Value pause(Info info);
  Napi::Value resume(Info info);
  Napi::Value pending(Info info);
  Napi::Value received(Info info);
  Napi::Value end(Info info);
  Napi::Value destroy(Info info);
  Napi::Value close(Info info);
  Napi::Value hot(Info info);
  Napi::Value hot_use(Info info);
  Napi::Value allow_hot(Info info);
  Napi::Value take_hot_counts(Info info);
  Napi::Value busy(Info info);
  Napi::Value limit_hot(Info info);
  Napi::Value learn_type(Info info);
  Napi::Value watch_seals(Info info);
  Napi::Value remember(Info info);
  Napi::Value forget(Info info);
  Napi::Value forget_all(Info info);

  void start_hot_path(const Napi::Object& options);
  Net& net() { return *net_; }
  /// Of the first argument; nullptr once it is closed.
  Connection* connection(Info info);
  StoreAccess& payloads(const Napi::Value& store);
  void close_sockets();
  static void on_environment_exit(napi_async_cleanup_hook_handle handle, void* binding);

  std::unique_ptr<JsEvents> events_;
  std::unique_ptr<HotCommands> hot_;
  std::unique_ptr<Net> net_;
  /// Stores whose memory queued output may refer to.
  std::vector<std::unique_ptr<StoreAccess>> stores_;
  napi_async_cleanup_hook_handle exit_hook_ = nullptr;
  bool closing_ = false;
};

Napi::Object NetBinding::open(const Napi::CallbackInfo& info) {
  const Napi::Function constructor =
      DefineClass(info.Env(), "NativeNet",
                  {
                      InstanceMethod<&NetBinding::call<&NetBinding::listen_tcp>>("listenTcp"),
                      InstanceMethod<&NetBinding::call<&NetBinding::listen_unix>>("listenUnix"),
                      InstanceMethod<&NetBinding::call<&NetBinding::close_listener>>("closeListener"),
                      InstanceMethod<&NetBinding::call<&NetBinding::claim_number>>("claimNumber"),
                      InstanceMethod<&NetBinding::call<&NetBinding::write>>("write"),
                      InstanceMethod<&NetBinding::call<&NetBinding::write_variable>>("writeVariable"),
                      InstanceMethod<&NetBinding::call<&NetBinding::sink>>("sink"),
                      InstanceMethod<&NetBinding::call<&NetBinding::discard>>("discard"),
                      InstanceMethod<&NetBinding::call<&NetBinding::pause>>("pause"),
                      InstanceMethod<&NetBinding::call<&NetBinding::resume>>("resume"),
                      InstanceMethod<&NetBinding::call<&NetBinding::pending>>("pending"),
                      InstanceMethod<&NetBinding::call<&NetBinding::received>>("received"),
                      InstanceMethod<&NetBinding::call<&NetBinding::end>>("end"),
                      InstanceMethod<&NetBinding::call<&NetBinding::destroy>>("destroy"),
                      InstanceMethod<&NetBinding::call<&NetBinding::close>>("close"),
                      InstanceMethod<&NetBinding::call<&NetBinding::hot>>("hot"),
                      InstanceMethod<&NetBinding::call<&NetBinding::hot_use>>("hotUse"),
                      InstanceMethod<&NetBinding::call<&NetBinding::allow_hot>>("allowHot"),
                      InstanceMethod<&NetBinding::call<&NetBinding::take_hot_counts>>("takeHotCounts"),
                      InstanceMethod<&NetBinding::call<&NetBinding::busy>>("busy"),
                      InstanceMethod<&NetBinding::call<&NetBinding::limit_hot>>("limitHot"),
                      InstanceMethod<&NetBinding::call<&NetBinding::learn_type>>("learnType"),
                      InstanceMethod<&NetBinding::call<&NetBinding::watch_seals>>("watchSeals"),
                      InstanceMethod<&NetBinding::call<&NetBinding::remember>>("remember"),
                      InstanceMethod<&NetBinding::call<&NetBinding::forget>>("forget"),
                      InstanceMethod<&NetBinding::call<&NetBinding::forget_all>>("forgetAll"),
                  });
  return constructor.New({info[0], info[1]});
}

NetBinding::NetBinding(const Napi::CallbackInfo& info) : ObjectWrap(info) {
  guarded(info.Env(), [&] { start(info); });
}

void NetBinding::start(Info info) {
  const Napi::Env env = info.Env();
  const Napi::Object callbacks = to_object(info[0], "callbacks");
  const Napi::Object options = to_object(info[1], "options");
  const uint64_t high = to_u64(options.Get("highWaterBytes"), "highWaterBytes");
  const uint64_t low = to_u64(options.Get("lowWaterBytes"), "lowWaterBytes");
  if (low > high) throw Failure("ERR", "lowWaterBytes must not exceed highWaterBytes");
  uv_loop_t* loop = nullptr;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) throw Failure("ERR", "openNet needs an event loop");
  install_sigbus_guard();
  events_ = std::make_unique<JsEvents>(callbacks);
  if (options.Has("hot")) start_hot_path(to_object(options.Get("hot"), "hot"));
  net_ = std::make_unique<Net>(loop, *events_, WaterMarks{high, low}, hot_.get());
  napi_add_async_cleanup_hook(env, on_environment_exit, this, &exit_hook_);
  // The loop refers to the sockets until they are closed.
  Ref();
}

void NetBinding::start_hot_path(const Napi::Object& options) {
  const Napi::Value store = options.Get("store");
  const uint64_t cache_names = options.Has("cacheNames") ? to_u64(options.Get("cacheNames"), "cacheNames") : 0;
  if (cache_names > kCacheNamesMax) throw Failure("ERR", "cacheNames must be at most " + std::to_string(kCacheNamesMax));
  hot_ = std::make_unique<HotCommands>(store_of(store), payloads(store), to_text(options.Get("node"), "node"),
                                       options.Get("alone").ToBoolean(), cache_names);
}

void NetBinding::on_environment_exit(napi_async_cleanup_hook_handle, void* data) {
  auto* binding = static_cast<NetBinding*>(data);
  binding->net().mute();
  binding->close_sockets();
}

void NetBinding::close_sockets() {
  if (closing_) return;
  closing_ = true;
  net().close([this] {
    stores_.clear();
    napi_remove_async_cleanup_hook(exit_hook_);
    const Napi::HandleScope handles(Env());
    Unref();
  });
}

Connection* NetBinding::connection(Info info) { return net().find(to_u64(info[0], "connection")); }

StoreAccess& NetBinding::payloads(const Napi::Value& value) {
  const std::shared_ptr<Store> store = store_of(value);
  if (!store) throw Failure("ERR", "store must be an open store");
  for (const auto& known : stores_) {
    if (known->is(store)) return *known;
  }
  return *stores_.emplace_back(std::make_unique<StoreAccess>(store));
}

Napi::Value NetBinding::listen_tcp(Info info) {
  const std::string host = to_text(info[0], "host");
  const uint32_t port = to_u32(info[1], "port");
  if (port > UINT16_MAX) throw Failure("ERR", "port must be below 65536");
  const uint32_t listener = net().listen_tcp(host, static_cast<uint16_t>(port));
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("listener", listener);
  result.Set("port", net().port(listener));
  return result;
}

Napi::Value NetBinding::listen_unix(Info info) {
  const std::string path = to_text(info[0], "path");
  const uint32_t mode = to_u32(info[1], "mode");
  if (mode > kModeMax) throw Failure("ERR", "mode must be permission bits, at most 0o777");
  Napi::Object result = Napi::Object::New(info.Env());
  result.Set("listener", net().listen_unix(path, mode));
  return result;
}

Napi::Value NetBinding::close_listener(Info info) {
  net().close_listener(to_u32(info[0], "listener"));
  return info.Env().Undefined();
}

Napi::Value NetBinding::claim_number(Info info) { return number(info.Env(), net().claim_number()); }

Napi::Value NetBinding::write(Info info) {
  Connection* to = connection(info);
  const std::string_view bytes = to_bytes(info[1], "bytes");
  bool more = true;
  if (to != nullptr) {
    const auto* data = reinterpret_cast<const uint8_t*>(bytes.data());
    more = bytes.size() < kCopyBytesMax
               ? to->write(data, bytes.size())
               : to->write(data, bytes.size(), std::make_unique<BufferHold>(info[1].As<Napi::Object>()));
  }
  return Napi::Boolean::New(info.Env(), more);
}

Napi::Value NetBinding::write_variable(Info info) {
  Connection* to = connection(info);
  StoreAccess& store = payloads(info[1]);
  const uint32_t entry = to_u32(info[2], "entry");
  const uint64_t offset = to_u64(info[3], "offset");
  const uint64_t length = to_u64(info[4], "length");
  bool more = true;
  if (to != nullptr && length > 0) {
    const uint8_t* payload = store.hold(entry, offset, length);
    if (payload == nullptr) throw Failure("ERR", "no such range of a sealed variable, nor of a reservation of the server's own");
    more = to->write(payload, length, std::make_unique<PayloadHold>(store, entry));
  }
  return Napi::Boolean::New(info.Env(), more);
}

Napi::Value NetBinding::sink(Info info) {
  Connection* from = connection(info);
  StoreAccess& store = payloads(info[1]);
  const uint32_t entry = to_u32(info[2], "entry");
  const uint64_t offset = to_u64(info[3], "offset");
  const uint64_t length = to_u64(info[4], "length");
  const uint32_t crc32c = to_u32(info[5], "crc32c");
  if (from != nullptr) from->sink(Sink(store, entry, offset, length, crc32c));
  return info.Env().Undefined();
}

Napi::Value NetBinding::discard(Info info) {
  Connection* from = connection(info);
  const uint64_t length = to_u64(info[1], "length");
  if (from != nullptr) from->sink(Sink(length));
  return info.Env().Undefined();
}

Napi::Value NetBinding::pause(Info info) {
  if (Connection* from = connection(info)) from->pause();
  return info.Env().Undefined();
}

Napi::Value NetBinding::resume(Info info) {
  if (Connection* from = connection(info)) from->resume();
  return info.Env().Undefined();
}

Napi::Value NetBinding::pending(Info info) {
  const Connection* to = connection(info);
  return number(info.Env(), to != nullptr ? to->pending() : 0);
}

Napi::Value NetBinding::received(Info info) {
  const Connection* to = connection(info);
  return number(info.Env(), to != nullptr ? to->received() : 0);
}

Napi::Value NetBinding::end(Info info) {
  if (Connection* to = connection(info)) to->end();
  return info.Env().Undefined();
}

Napi::Value NetBinding::destroy(Info info) {
  if (Connection* to = connection(info)) to->destroy();
  return info.Env().Undefined();
}

Napi::Value NetBinding::close(Info info) {
  close_sockets();
  return info.Env().Undefined();
}

Napi::Value NetBinding::hot(Info info) {
  if (Connection* of = connection(info)) of->set_hot(static_cast<uint8_t>(to_u32(info[1], "protocol")));
  return info.Env().Undefined();
}

Napi::Value NetBinding::hot_use(Info info) {
  const Connection* of = connection(info);
  if (of == nullptr || of->hot().command == nullptr) return info.Env().Undefined();
  Napi::Object use = Napi::Object::New(info.Env());
  use.Set("command", of->hot().command);
  use.Set("agoMs", number(info.Env(), uv_now(net().loop()) - of->hot().at_ms));
  return use;
}

Napi::Value NetBinding::allow_hot(Info info) {
  if (hot_) hot_->allow(info[0].ToBoolean());
  return info.Env().Undefined();
}

Napi::Value NetBinding::busy(Info info) {
  const Connection* of = connection(info);
  return Napi::Boolean::New(info.Env(), of != nullptr && of->busy());
}

Napi::Value NetBinding::limit_hot(Info info) {
  const Napi::Object limits = to_object(info[0], "limits");
  const auto bytes = [&](const char* name) { return to_u64(limits.Get(name), name); };
  if (!hot_) return info.Env().Undefined();
  hot_->writes().limit({bytes("bulkBytesMax"), bytes("reservedBytesMax"), bytes("documentationBytesMax")});
  hot_->limit_wait(to_u64(limits.Get("waitMsMax"), "waitMsMax"));
  return info.Env().Undefined();
}

Napi::Value NetBinding::learn_type(Info info) {
  const std::string type = to_text(info[0], "type");
  const Napi::Object given = to_object(info[1], "rule");
  const TypeRule rule{to_u64(given.Get("bytes"), "bytes"), given.Get("exact").ToBoolean(), to_text(given.Get("dtype"), "dtype"),
                      to_numbers(given.Get("dimensions"), "dimensions"), to_numbers(given.Get("strides"), "strides")};
  if (rule.bytes == 0 && !rule.exact) throw Failure("ERR", "a length is a multiple of at least 1 byte");
  if (hot_) hot_->types().learn(type, rule);
  return info.Env().Undefined();
}

Napi::Value NetBinding::watch_seals(Info info) {
  if (hot_) hot_->watch_seals(info[0].ToBoolean());
  return info.Env().Undefined();
}

Napi::Value NetBinding::remember(Info info) {
  const std::string_view name = to_bytes(info[0], "name");
  if (name.empty() || name.size() > layout::kNameBytesMax) throw Failure("ERR", "a name has 1 to " + std::to_string(layout::kNameBytesMax) + " bytes");
  if (!info[1].IsArray()) throw Failure("ERR", "placements must be an array");
  const auto given = info[1].As<Napi::Array>();
  const uint32_t count = given.Length();
  if (count == 0 || count > kPlacementsMax) throw Failure("ERR", "a variable has 1 to " + std::to_string(kPlacementsMax) + " placements");
  const uint64_t ttl_ms = std::min(to_u64(info[2], "ttlMs"), kTtlMsMax);
  // The placements view them.
  std::vector<std::string> texts;
  texts.reserve(2 * count);
  const auto text = [&](const Napi::Value& value, const char* what) -> std::string_view { return texts.emplace_back(to_text(value, what)); };
  std::vector<Placement> placements;
  for (uint32_t i = 0; i < count; ++i) {
    const Napi::Object item = to_object(given.Get(i), "placement");
    const auto number = [&](const char* what) { return to_u64(item.Get(what), what); };
    placements.push_back({text(item.Get("node"), "node"), text(item.Get("sharedId"), "sharedId"), number("offset"), number("length"), number("xid"),
                          number("generation")});
  }
  if (hot_) hot_->remember(name, placements, ttl_ms);
  return info.Env().Undefined();
}

Napi::Value NetBinding::forget(Info info) {
  const std::string_view name = to_bytes(info[0], "name");
  if (hot_) hot_->forget(name);
  return info.Env().Undefined();
}

Napi::Value NetBinding::forget_all(Info info) {
  if (hot_) hot_->forget_all();
  return info.Env().Undefined();
}

Napi::Value NetBinding::take_hot_counts(Info info) {
  const Napi::Env env = info.Env();
  const HotCounts counts = hot_ ? hot_->take_counts() : HotCounts{};
  Napi::Object commands = Napi::Object::New(env);
  for (size_t i = 0; i < HotCounts::kCommands; ++i) {
    if (counts.calls[i] == 0) continue;
    Napi::Object command = Napi::Object::New(env);
    command.Set("calls", number(env, counts.calls[i]));
    command.Set("nanoseconds", number(env, counts.nanoseconds[i]));
    commands.Set(HotCommands::kNames[i], command);
  }
  Napi::Object result = Napi::Object::New(env);
  result.Set("commands", commands);
  result.Set("hits", number(env, counts.hits));
  result.Set("misses", number(env, counts.misses));
  result.Set("rememberedHits", number(env, counts.remembered_hits));
  result.Set("pins", number(env, counts.pins));
  result.Set("releases", number(env, counts.releases));
  result.Set("inserts", number(env, counts.inserts));
  result.Set("insertedBytes", number(env, counts.inserted_bytes));
  result.Set("inputBytes", number(env, counts.input_bytes));
  result.Set("outputBytes", number(env, counts.output_bytes));
  return result;
}

}  // namespace

void init_net(Napi::Env env, Napi::Object exports) {
  const auto open = [](const Napi::CallbackInfo& info) { return NetBinding::open(info); };
  exports.Set("openNet", Napi::Function::New(env, open, "openNet"));
}

}  // namespace fabric
