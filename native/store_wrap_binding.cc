#include <algorithm>

#include "binding_values.h"
#include "boot_id.h"
#include "clock.h"
#include "segment_builder.h"
#include "store_binding.h"
#include "store_wrap.h"
#include "yp/inventory_writer.h"

namespace fabric {

using layout::State;

namespace {

/// Marks the objects of ours, so that no other can be taken for one.
constexpr napi_type_tag kStoreTag = {0x9d1f6f0b3a2c4e57, 0x8b64d3e1c07a52f9};
constexpr uint64_t kSegmentBytesMax = uint64_t{255} << 30;
constexpr uint64_t kScanStretchesMin = 4096;

const char* state_name(State state) {
  switch (state) {
    case State::kReserved: return "RESERVED";
    case State::kStored: return "STORED";
    case State::kSealed: return "SEALED";
    case State::kPaged: return "PAGED";
    case State::kRemoved:
    case State::kFree: break;
  }
  return "REMOVED";
}

StoreOptions to_options(const Napi::Object& o) {
  const auto u64 = [&](const char* name) { return to_u64(o.Get(name), name); };
  const double group = o.Get("groupId").IsNumber() ? o.Get("groupId").As<Napi::Number>().DoubleValue() : -1;
  return {.prefix = to_text(o.Get("prefix"), "prefix"),
          .node = to_text(o.Get("node"), "node"),
          .state_dir = to_text(o.Get("stateDir"), "stateDir"),
          .limits = {u64("segmentsMax"), u64("pinsMax"), u64("variablesMax"), u64("stringBytesMax")},
          .slots_max = u64("slotsMax"),
          .access = {static_cast<mode_t>(u64("mode")), group < 0 ? static_cast<gid_t>(-1) : static_cast<gid_t>(group)},
          .quarantine_ms = u64("quarantineMs"),
          .restart_grace_ms = u64("restartGraceMs"),
          .lingers = {u64("pinLingerMs"), u64("reserveLingerMs")}};
}

Napi::Array to_js(Napi::Env env, const std::vector<std::string>& texts) {
  Napi::Array array = Napi::Array::New(env, texts.size());
  for (uint32_t i = 0; i < texts.size(); ++i) array.Set(i, texts[i]);
  return array;
}

Napi::Object to_js(Napi::Env env, const OpenReport& report) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("warm", report.warm);
  object.Set("redoReplayed", report.redo_replayed);
  object.Set("variables", number(env, report.variables));
  object.Set("limbo", number(env, report.limbo));
  object.Set("removed", number(env, report.removed));
  object.Set("strayObjects", to_js(env, report.stray_objects));
  object.Set("lostSegments", to_js(env, report.lost_segments));
  object.Set("lostVariables", number(env, report.lost_variables));
  return object;
}

/// Two copies at a time use what memory bandwidth there is, and leave the main thread its share.
constexpr unsigned kCopyThreads = 2;

}  // namespace

// --- life

template <Napi::Value (StoreWrap::*method)(StoreWrap::Info)>
Napi::Value StoreWrap::call(Info info) {
  return guarded(info.Env(), [&] { return (this->*method)(info); });
}

StoreWrap::StoreWrap(const Napi::CallbackInfo& info) : Napi::ObjectWrap<StoreWrap>(info) {
  const Napi::Env env = info.Env();
  guarded(env, [&] {
    store_ = std::make_shared<Store>(to_options(to_object(info[0], "options")), boottime_ms());
    jobs_ = std::make_unique<StoreJobs>(env, kCopyThreads);
  });
  Napi::Object self = info.This().As<Napi::Object>();
  self.TypeTag(&kStoreTag);
  self.Set("report", to_js(env, store_->report()));
  ::napi_add_env_cleanup_hook(env, at_exit, this);
  if (!store_->report().warm) return;
  // Page tables of what was re-attached are set up aside, so that the first copies don't pay for it.
  store_->each_segment([&](const Segment& segment) {
    jobs_->run(env, self, [object = segment.object()](const std::atomic<bool>& stopping) {
      constexpr uint64_t kStep = 16 << 20;
      for (uint64_t at = 0; at < object->bytes() && !stopping; at += kStep) object->prefault(at, std::min(kStep, object->bytes() - at));
    }, [](Napi::Env inner, const Failure*) { return inner.Undefined(); });
  });
}

StoreWrap::~StoreWrap() {
  ::napi_remove_env_cleanup_hook(Env(), at_exit, this);
  shut();
}

void StoreWrap::at_exit(void* wrap) { static_cast<StoreWrap*>(wrap)->shut(); }

Store& StoreWrap::open() const {
  if (!store_) throw Failure("ERR", "the store is closed");
  return *store_;
}

void StoreWrap::shut() {
  if (jobs_) jobs_->stop();
  store_.reset();
}

Napi::Value StoreWrap::close(Info info) {
  shut();
  return info.Env().Undefined();
}

// --- numbers

Napi::Value StoreWrap::stats(Info info) {
  const Napi::Env env = info.Env();
  const Store& store = open();
  const StoreCounts counts = store.counts();
  const layout::Header& header = store.catalog().header();
  Napi::Object object = Napi::Object::New(env);
  const auto set = [&](const char* name, uint64_t value) { object.Set(name, number(env, value)); };
  set("variables", counts.variables);
  set("entries", store.entries());
  set("reservations", counts.reservations);
  set("reservedBytes", counts.reserved_bytes);
  set("limbo", counts.limbo);
  set("limboBytes", counts.limbo_bytes);
  set("removed", counts.removed);
  set("quarantinedBytes", counts.removed_bytes);
  set("pins", store.pins());
  set("epoch", header.epoch);
  set("catalogBytes", store.catalog().backed_bytes());
  set("catalogBytesMax", header.catalog_bytes);
  set("stringBytes", store.used_string_bytes());
  set("stringBytesMax", header.string_bytes_max);
  set("privateBytes", store.private_bytes());
  return object;
}

Napi::Value StoreWrap::segments(Info info) {
  const Napi::Env env = info.Env();
  Napi::Array array = Napi::Array::New(env);
  open().each_segment([&](const Segment& segment) {
    Napi::Object object = Napi::Object::New(env);
    const auto set = [&](const char* name, uint64_t value) { object.Set(name, number(env, value)); };
    object.Set("sharedId", segment.shared_id());
    set("bytes", segment.bytes());
    set("usedBytes", segment.extents().used_bytes());
    set("freeBytes", segment.extents().free_bytes());
    set("largestFreeBytes", segment.open() ? segment.extents().largest_free() : 0);
    set("limboBytes", segment.limbo_bytes);
    set("quarantinedBytes", segment.quarantined_bytes);
    set("pinnedBytes", segment.pinned_bytes);
    set("variables", segment.variables);
    array.Set(array.Length(), object);
  });
  return array;
}

Napi::Value StoreWrap::raise_epoch(Info info) {
  return number(info.Env(), open().raise_epoch_above(to_u64(info[0], "seen")));
}

Napi::Value StoreWrap::host(Info info) {
  const Napi::Env env = info.Env();
  const Segment& segment = open().segment(to_text(info[0], "shared_id"));
  Napi::Object object = Napi::Object::New(env);
  object.Set("bootId", boot_id());
  object.Set("inode", number(env, segment.inode()));
  object.Set("size", number(env, segment.bytes()));
  return object;
}

Napi::Value StoreWrap::alloc_segment(Info info) {
  Store& store = open();
  const uint64_t bytes = to_u64(info[0], "bytes");
  if (bytes == 0 || bytes > kSegmentBytesMax) throw Failure("ERR", "a segment has 1 byte to 255 GiB");
  const uint32_t number = store.next_segment_number();
  const std::string name = store.names().segment(number);
  auto built = std::make_shared<ShmObject>();
  return jobs_->run(
      info.Env(), info.This().As<Napi::Object>(),
      [=, access = store.access()](const std::atomic<bool>& stopping) { *built = build_segment(name, layout::page_round(bytes), access, stopping); },
      [this, built, name, number](Napi::Env env, const Failure* failure) -> Napi::Value {
        if (failure != nullptr) throw *failure;
        if (!store_) unlink_object(name);
        try {
          return Napi::String::New(env, open().adopt_segment(name, number, std::move(*built)));
        } catch (...) {
          unlink_object(name);
          throw;
        }
      });
}

Napi::Value StoreWrap::dealloc_segment(Info info) {
  open().drop_segment(to_text(info[0], "shared_id"));
  return info.Env().Undefined();
}

Napi::Value StoreWrap::largest_free(Info info) { return number(info.Env(), open().largest_free()); }

// --- finding

Napi::Value StoreWrap::find(Info info) { return to_js(info.Env(), open().find(to_bytes(info[0], "name"))); }
Napi::Value StoreWrap::find_claim(Info info) { return to_js(info.Env(), open().find_claim(to_bytes(info[0], "name"))); }
Napi::Value StoreWrap::find_xid(Info info) { return to_js(info.Env(), open().find_xid(to_u64(info[0], "xid"))); }
Napi::Value StoreWrap::find_at(Info info) {
  return to_js(info.Env(), open().find_at(to_text(info[0], "shared_id"), to_u64(info[1], "offset")));
}

Napi::Value StoreWrap::locate(Info info) {
  const Napi::Env env = info.Env();
  const Entry entry = to_u32(info[0], "entry");
  Store& store = open();
  store.check_entry(entry);
  const Location location = store.locate(entry);
  Napi::Object object = Napi::Object::New(env);
  object.Set("entry", info[0]);
  object.Set("sharedId", location.segment->shared_id());
  object.Set("offset", number(env, location.offset));
  object.Set("length", number(env, location.length));
  object.Set("xid", number(env, location.xid));
  object.Set("generation", number(env, location.generation));
  return object;
}

Napi::Value StoreWrap::describe(Info info) {
  const Napi::Env env = info.Env();
  const Entry entry = to_u32(info[0], "entry");
  const Store& store = open();
  store.check_entry(entry);
  const Catalog& catalog = store.catalog();
  const layout::Descriptor& d = catalog.descriptor(entry);
  const layout::Word word = catalog.word(entry);
  Napi::Object object = Napi::Object::New(env);
  object.Set("entry", info[0]);
  object.Set("name", to_buffer(env, catalog.name(entry)));
  object.Set("type", text(env, catalog.type(entry)));
  object.Set("documentation", text(env, catalog.documentation(entry)));
  object.Set("state", state_name(word.state));
  object.Set("xid", number(env, d.xid));
  object.Set("generation", number(env, word.generation));
  object.Set("length", number(env, d.length));
  object.Set("crc32c", number(env, d.crc32c));
  object.Set("replicas", number(env, std::max<uint16_t>(d.replicas, 1)));
  object.Set("createdMs", number(env, d.created_ms));
  object.Set("pins", number(env, store.pins_of(entry)));
  object.Set("replace", Napi::Boolean::New(env, word.flags & layout::kReplace));
  object.Set("own", Napi::Boolean::New(env, word.flags & layout::kOwn));
  object.Set("hidden", Napi::Boolean::New(env, word.flags & layout::kHidden));
  object.Set("sharedId", store.segment_of(entry).shared_id());
  object.Set("offset", number(env, d.offset));
  return object;
}

Napi::Value StoreWrap::scan(Info info) {
  const Napi::Env env = info.Env();
  const Store& store = open();
  uint64_t cursor = to_u64(info[0], "cursor");
  const uint64_t count = to_u64(info[1], "count");
  if (cursor >> 32 != 0) throw Failure("ERR", "no such cursor; begin with 0");
  Napi::Array names = Napi::Array::New(env);
  // A table that was once large has long empty stretches: an answer may hold fewer names than asked for.
  uint64_t stretches = std::max(count * 10, kScanStretchesMin);
  do {
    cursor = store.scan(cursor, [&](Entry entry) { names.Set(names.Length(), to_buffer(env, store.catalog().name(entry))); });
  } while (cursor != 0 && names.Length() < count && --stretches > 0);
  Napi::Object object = Napi::Object::New(env);
  object.Set("cursor", number(env, cursor));
  object.Set("names", names);
  return object;
}

Napi::Value StoreWrap::random_name(Info info) {
  const auto entry = open().random();
  return entry ? to_buffer(info.Env(), open().catalog().name(*entry)).As<Napi::Value>() : info.Env().Undefined();
}

Napi::Value StoreWrap::inventory(Info info) {
  const Napi::Env env = info.Env();
  const uint32_t cursor = to_u32(info[0], "cursor");
  const auto room = std::min<uint64_t>(to_u64(info[1], "bytes"), yp::kBatchBytesMax);
  std::vector<uint8_t> bytes(room);
  const yp::InventoryStep step = yp::write_inventory(open(), cursor, bytes);
  Napi::Object object = Napi::Object::New(env);
  object.Set("batch", Napi::Buffer<uint8_t>::Copy(env, bytes.data(), step.bytes));
  object.Set("records", number(env, step.records));
  object.Set("next", number(env, step.next));
  return object;
}

Napi::Function StoreWrap::define(Napi::Env env) {
  return DefineClass(env, "Store",
                     {InstanceMethod<&StoreWrap::call<&StoreWrap::close>>("close"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::stats>>("stats"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::segments>>("segments"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::raise_epoch>>("raiseEpoch"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::host>>("host"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::alloc_segment>>("allocSegment"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::dealloc_segment>>("deallocSegment"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::largest_free>>("largestFree"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::find>>("find"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::find_claim>>("findClaim"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::find_xid>>("findXid"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::find_at>>("findAt"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::locate>>("locate"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::describe>>("describe"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::length_of>>("lengthOf"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::scan>>("scan"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::random_name>>("randomName"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::inventory>>("inventory"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::insert>>("insert"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::reserve>>("reserve"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::write>>("write"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::checksum>>("checksum"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::copy_from>>("copyFrom"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::receive>>("receive"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::seal>>("seal"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::abort>>("abort"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::remove>>("remove"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::remove_xid>>("removeXid"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::veil>>("veil"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::unveil>>("unveil"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::unveil_all>>("unveilAll"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::read>>("read"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::hold>>("hold"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::drop>>("drop"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::pin>>("pin"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::unpin>>("unpin"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::pinned>>("pinned"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::renew>>("renew"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::disconnected>>("disconnected"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::sweep>>("sweep"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::hold_quarantine>>("holdQuarantine"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::defrag_step>>("defragStep"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::evacuate_step>>("evacuateStep"),
                      InstanceMethod<&StoreWrap::call<&StoreWrap::close_segment>>("closeSegment"),
                      InstanceAccessor<&StoreWrap::call<&StoreWrap::in_restart_grace>>("inRestartGrace")});
}

std::shared_ptr<Store> store_of(const Napi::Value& value) {
  if (!value.IsObject()) return nullptr;
  const Napi::Object object = value.As<Napi::Object>();
  return object.CheckTypeTag(&kStoreTag) ? StoreWrap::Unwrap(object)->store() : nullptr;
}

}  // namespace fabric
