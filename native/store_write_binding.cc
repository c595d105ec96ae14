#include <algorithm>
#include <charconv>

#include "binding_values.h"
#include "clock.h"
#include "guarded_copy.h"
#include "payload_receiver.h"
#include "source_file.h"
#include "store_wrap.h"

namespace fabric {

namespace {

uint64_t to_token(const Napi::Value& value) {
  const std::string digits = to_text(value, "pin");
  uint64_t token = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), token, 16);
  if (digits.size() != 16 || error != std::errc() || end != digits.data() + digits.size()) return 0;
  return token;
}

std::string token_text(uint64_t token) {
  char digits[17];
  std::snprintf(digits, sizeof digits, "%016llx", static_cast<unsigned long long>(token));
  return digits;
}

Owner to_owner(const Napi::Value& value) {
  const Napi::Object object = to_object(value, "owner");
  const std::string kind = to_text(object.Get("kind"), "owner.kind");
  if (kind == "connection") return {layout::OwnerKind::kConnection, to_u64(object.Get("connection"), "connection")};
  if (kind == "lease") return {layout::OwnerKind::kLease, to_u64(object.Get("ms"), "lease")};
  if (kind == "slot") return {layout::OwnerKind::kSlot, to_u64(object.Get("slot"), "SLOT")};
  throw Failure("ERR", "an owner is a connection, a lease or a slot");
}

Napi::Object stay(Napi::Env env) {
  Napi::Object step = Napi::Object::New(env);
  step.Set("moved", false);
  step.Set("length", 0);
  return step;
}

Napi::Object moved(Napi::Env env, const Store& store, Entry entry) {
  const Catalog& catalog = store.catalog();
  const layout::Descriptor& d = catalog.descriptor(entry);
  const layout::Word word = catalog.word(entry);
  Napi::Object step = Napi::Object::New(env);
  step.Set("moved", true);
  step.Set("length", number(env, d.length));
  step.Set("name", to_buffer(env, catalog.name(entry)));
  step.Set("hidden", Napi::Boolean::New(env, word.flags & layout::kHidden));
  step.Set("xid", number(env, d.xid));
  step.Set("sharedId", store.segment_of(entry).shared_id());
  step.Set("offset", number(env, d.offset));
  step.Set("generation", number(env, word.generation));
  return step;
}

}  // namespace

// --- writing

Napi::Value StoreWrap::insert(Info info) {
  const std::string documentation = to_text(info[1], "documentation");
  const std::string type = to_text(info[2], "type");
  const std::string_view payload = to_bytes(info[3], "payload");
  const uint8_t flags = (flag(info[4], "replace") ? layout::kReplace : 0) | (flag(info[4], "hidden") ? layout::kHidden : 0);
  return number(info.Env(), open().insert({to_bytes(info[0], "name"), type, documentation}, payload.data(), payload.size(), flags, boottime_ms()));
}

Napi::Value StoreWrap::reserve(Info info) {
  const Napi::Object options = to_object(info[0], "options");
  const std::string documentation = to_text(options.Get("documentation"), "documentation");
  const std::string type = to_text(options.Get("type"), "type");
  const uint8_t flags = (flag(options, "replace") ? layout::kReplace : 0) | (flag(options, "hidden") ? layout::kHidden : 0);
  const Napi::Value owner = options.Get("owner");
  const uint64_t length = to_u64(options.Get("length"), "length");
  const Napi::Value xid = options.Get("xid");
  const Napi::Value replicas = options.Get("replicas");
  const Strings strings = {to_bytes(options.Get("name"), "name"), type, documentation};
  Origin origin;
  if (!xid.IsUndefined()) origin.xid = to_u64(xid, "xid");
  if (!replicas.IsUndefined()) origin.replicas = static_cast<uint16_t>(std::min(to_u32(replicas, "replicas"), layout::kReplicasMax));
  const auto writer = owner.IsUndefined() ? std::nullopt : std::optional(to_owner(owner));
  return number(info.Env(), open().reserve(strings, length, flags, writer, boottime_ms(), origin));
}

Napi::Value StoreWrap::write(Info info) {
  const std::string_view bytes = to_bytes(info[2], "bytes");
  open().write(to_u32(info[0], "entry"), to_u64(info[1], "offset"), bytes.data(), bytes.size());
  return info.Env().Undefined();
}

Napi::Value StoreWrap::with_payload(Info info, Entry entry, std::function<uint32_t(uint8_t*, uint64_t, const std::atomic<bool>&)> work,
                                    StoreJobs::Lane lane) {
  Store& store = open();
  store.check_entry(entry);
  const uint64_t length = store.catalog().descriptor(entry).length;
  uint8_t* payload = store.writable(entry, 0, length);
  if (payload == nullptr) throw Failure("NOTFOUND", "no such reservation; it was sealed, aborted or given up");
  store.hold(entry);
  auto crc = std::make_shared<uint32_t>(0);
  return jobs_->run(
      info.Env(), info.This().As<Napi::Object>(),
      [=, work = std::move(work)](const std::atomic<bool>& stopping) { *crc = work(payload, length, stopping); },
      [this, entry, crc](Napi::Env env, const Failure* failure) -> Napi::Value {
        if (failure != nullptr) open().examine(entry);
        open().drop(entry);
        if (failure != nullptr) throw *failure;
        return number(env, *crc);
      },
      lane);
}

Napi::Value StoreWrap::checksum(Info info) {
  return with_payload(info, to_u32(info[0], "entry"), [](uint8_t* payload, uint64_t length, const std::atomic<bool>&) {
    uint32_t crc = 0;
    if (!guarded_crc32c(payload, length, &crc)) throw truncated_segment();
    return crc;
  });
}

Napi::Value StoreWrap::copy_from(Info info) {
  const auto fd = static_cast<int>(to_u32(info[0], "fd"));
  const uint64_t offset = to_u64(info[1], "offset");
  return with_payload(info, to_u32(info[2], "entry"), [=](uint8_t* payload, uint64_t length, const std::atomic<bool>& stopping) {
    return copy_from_file(fd, offset, payload, length, stopping);
  });
}

Napi::Value StoreWrap::receive(Info info) {
  const Napi::Object given = to_object(info[0], "source");
  const uint32_t port = to_u32(given.Get("port"), "port");
  if (port == 0 || port > UINT16_MAX) throw Failure("ERR", "port must be from 1 to 65535");
  const PayloadSource source = {.host = to_text(given.Get("host"), "host"),
                                .port = static_cast<uint16_t>(port),
                                .preamble = std::string(to_bytes(given.Get("preamble"), "preamble")),
                                .replies = to_u32(given.Get("replies"), "replies"),
                                .silence_ms = to_u64(given.Get("silenceMs"), "silenceMs")};
  const auto work = [source, stop = jobs_->stop_descriptor()](uint8_t* payload, uint64_t length, const std::atomic<bool>& stopping) {
    if (stopping) throw shutting_down();
    return receive_payload(source, payload, length, stop);
  };
  return with_payload(info, to_u32(info[1], "entry"), work, StoreJobs::Lane::kTransfers);
}

Napi::Value StoreWrap::seal(Info info) {
  open().seal(to_u32(info[0], "entry"), to_u32(info[1], "crc32c"), boottime_ms());
  return info.Env().Undefined();
}

Napi::Value StoreWrap::abort(Info info) {
  open().abort(to_u32(info[0], "entry"), boottime_ms());
  return info.Env().Undefined();
}

Napi::Value StoreWrap::remove(Info info) {
  if (!info[0].IsArray()) throw Failure("ERR", "names must be an array");
  const auto array = info[0].As<Napi::Array>();
  std::vector<std::string_view> names;
  names.reserve(array.Length());
  for (uint32_t i = 0; i < array.Length(); ++i) names.push_back(to_bytes(array.Get(i), "name"));
  return number(info.Env(), open().remove(names, boottime_ms()));
}

Napi::Value StoreWrap::remove_xid(Info info) {
  return Napi::Boolean::New(info.Env(), open().remove_xid(to_u64(info[0], "xid"), boottime_ms()));
}

Napi::Value StoreWrap::veil(Info info) { return Napi::Boolean::New(info.Env(), open().veil(to_u64(info[0], "xid"))); }

Napi::Value StoreWrap::unveil(Info info) { return Napi::Boolean::New(info.Env(), open().unveil(to_u64(info[0], "xid"))); }

Napi::Value StoreWrap::unveil_all(Info info) {
  open().unveil_all();
  return info.Env().Undefined();
}

Napi::Value StoreWrap::read(Info info) {
  const Entry entry = to_u32(info[0], "entry");
  Store& store = open();
  store.check_entry(entry);
  const uint64_t offset = to_u64(info[1], "offset");
  const uint64_t length = to_u64(info[2], "length");
  if (length > store.catalog().descriptor(entry).length) throw Failure("ERR", "outside the variable");
  auto buffer = Napi::Buffer<char>::New(info.Env(), length);
  store.read(entry, offset, buffer.Data(), length);
  return buffer;
}

Napi::Value StoreWrap::hold(Info info) {
  if (open().hold(to_u32(info[0], "entry"), 0, 0) == nullptr) throw Failure("NOTFOUND", "no such sealed variable, nor a reservation of the server's own, to hold");
  return info.Env().Undefined();
}

Napi::Value StoreWrap::drop(Info info) {
  const Entry entry = to_u32(info[0], "entry");
  open().check_entry(entry);
  if (!open().held(entry)) throw Failure("ERR", "the variable isn't held");
  open().drop(entry);
  return info.Env().Undefined();
}

// --- pins

Napi::Value StoreWrap::pin(Info info) {
  return Napi::String::New(info.Env(), token_text(open().pin(to_u32(info[0], "entry"), to_owner(info[1]), boottime_ms())));
}

Napi::Value StoreWrap::unpin(Info info) { return number(info.Env(), open().unpin(to_token(info[0]), boottime_ms())); }

Napi::Value StoreWrap::pinned(Info info) { return to_js(info.Env(), open().pinned(to_token(info[0]))); }

Napi::Value StoreWrap::renew(Info info) {
  open().renew(to_token(info[0]), to_u64(info[1], "lease"), boottime_ms());
  return info.Env().Undefined();
}

Napi::Value StoreWrap::disconnected(Info info) {
  open().disconnected(to_u64(info[0], "connection"), boottime_ms());
  return info.Env().Undefined();
}

Napi::Value StoreWrap::sweep(Info info) {
  const Napi::Env env = info.Env();
  const Swept swept = open().sweep(to_u64(info[0], "budget"), boottime_ms());
  Napi::Object object = Napi::Object::New(env);
  object.Set("pins", number(env, swept.pins));
  object.Set("reservations", number(env, swept.reservations));
  object.Set("extents", number(env, swept.extents));
  object.Set("more", Napi::Boolean::New(env, swept.more));
  return object;
}

Napi::Value StoreWrap::hold_quarantine(Info info) {
  open().hold_quarantine(info[0].ToBoolean());
  return info.Env().Undefined();
}

// --- moving

Napi::Value StoreWrap::run_move(Info info, std::optional<PendingMove> move, bool more) {
  const Napi::Env env = info.Env();
  if (!move) {
    auto deferred = Napi::Promise::Deferred::New(env);
    deferred.Resolve(more ? stay(env).As<Napi::Value>() : env.Undefined());
    return deferred.Promise();
  }
  auto copied = std::make_shared<bool>(false);
  return jobs_->run(
      env, info.This().As<Napi::Object>(),
      [move = *move, copied](const std::atomic<bool>&) { *copied = guarded_copy(move.to, move.from, move.length); },
      [this, move = *move, copied](Napi::Env inner, const Failure*) -> Napi::Value {
        const bool committed = open().finish_move(move, *copied, boottime_ms());
        return committed ? moved(inner, open(), move.entry) : stay(inner);
      });
}

Napi::Value StoreWrap::defrag_step(Info info) {
  bool more = false;
  const auto move = open().plan_move(to_text(info[0], "shared_id"), info[1].ToBoolean(), more);
  return run_move(info, move, more);
}

Napi::Value StoreWrap::evacuate_step(Info info) {
  bool more = false;
  const auto move = open().plan_evacuation(to_text(info[0], "shared_id"), more);
  return run_move(info, move, more);
}

Napi::Value StoreWrap::close_segment(Info info) {
  open().close_segment(to_text(info[0], "shared_id"), info[1].ToBoolean());
  return info.Env().Undefined();
}

Napi::Value StoreWrap::length_of(Info info) {
  const Entry entry = to_u32(info[0], "entry");
  open().check_entry(entry);
  return number(info.Env(), open().catalog().descriptor(entry).length);
}

Napi::Value StoreWrap::in_restart_grace(Info info) { return Napi::Boolean::New(info.Env(), open().in_restart_grace(boottime_ms())); }

}  // namespace fabric
