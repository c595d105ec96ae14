#include "yp/yellow_pages_binding.h"

#include <algorithm>
#include <memory>

#include "binding_values.h"
#include "yp/inventory_reader.h"
#include "yp/yellow_pages.h"

namespace fabric {

namespace {

using namespace fabric::yp;
using Info = const Napi::CallbackInfo&;

/// Stretches of the hash order that are looked at for one answer.
constexpr uint64_t kScanStretchesMin = 4096;
constexpr uint64_t kStepBudgetMax = 100'000;

const char* state_name(State state) {
  switch (state) {
    case State::kClaimed: return "CLAIMED";
    case State::kSealed: return "SEALED";
    case State::kRemoved: return "REMOVED";
    case State::kConflict: break;
  }
  return "CONFLICT";
}

/// A placement with strings of its own: JavaScript's are copied out.
struct OwnPlace {
  std::string node;
  std::string shared_id;
  uint64_t offset;
  uint32_t generation;

  Place place() const { return {node, shared_id, offset, generation}; }
};

OwnPlace to_place(const Napi::Value& value) {
  const Napi::Object object = to_object(value, "a placement");
  return {to_text(object.Get("node"), "node"), to_text(object.Get("sharedId"), "sharedId"), to_u64(object.Get("offset"), "offset"),
          to_u32(object.Get("generation"), "generation")};
}

class Sealing {
 public:
  explicit Sealing(const Napi::Value& value) {
    const Napi::Object object = to_object(value, "what was stored");
    const Napi::Value replicas = object.Get("replicas");
    content = {to_u64(object.Get("length"), "length"), to_u32(object.Get("crc32c"), "crc32c"),
               replicas.IsUndefined() ? 1 : to_u32(replicas, "replicas")};
    const Napi::Value list = object.Get("placements");
    if (!list.IsArray()) throw Failure("ERR", "placements must be an array");
    const auto array = list.As<Napi::Array>();
    for (uint32_t i = 0; i < std::min(array.Length(), kPlacementsMax + 1); ++i) own_.push_back(to_place(array.Get(i)));
    for (const OwnPlace& own : own_) places.push_back(own.place());
  }

  Content content;
  std::vector<Place> places;

 private:
  std::vector<OwnPlace> own_;
};

Napi::Object to_js(Napi::Env env, const YellowPages& pages, const Record& record) {
  Napi::Object object = Napi::Object::New(env);
  object.Set("name", to_buffer(env, record.name()));
  object.Set("state", state_name(record.state));
  object.Set("xid", number(env, record.xid));
  object.Set("length", number(env, record.length));
  object.Set("crc32c", number(env, record.crc32c));
  object.Set("replicas", number(env, record.replicas));
  Napi::Array placements = Napi::Array::New(env);
  pages.each_place(record, [&](const Place& place) {
    if (record.state == State::kClaimed) {
      Napi::Object claim = Napi::Object::New(env);
      claim.Set("node", text(env, place.node));
      claim.Set("deadlineMs", number(env, place.offset));
      object.Set("claim", claim);
      return;
    }
    Napi::Object item = Napi::Object::New(env);
    item.Set("node", text(env, place.node));
    item.Set("sharedId", text(env, place.shared_id));
    item.Set("offset", number(env, place.offset));
    item.Set("generation", number(env, place.generation));
    placements.Set(placements.Length(), item);
  });
  object.Set("placements", placements);
  return object;
}

Napi::Array to_js(Napi::Env env, const std::vector<Told>& list) {
  Napi::Array array = Napi::Array::New(env, list.size());
  for (uint32_t i = 0; i < list.size(); ++i) {
    Napi::Object item = Napi::Object::New(env);
    item.Set("name", to_buffer(env, list[i].name));
    item.Set("xid", number(env, list[i].xid));
    array.Set(i, item);
  }
  return array;
}

/// How many are left, or undefined.
Napi::Value to_js(Napi::Env env, std::optional<uint32_t> left) {
  return left ? Napi::Number::New(env, *left).As<Napi::Value>() : env.Undefined();
}

/// The JavaScript object of the yellow pages (`NativeYellowPages` in src/native.ts).
class YellowPagesWrap : public Napi::ObjectWrap<YellowPagesWrap> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit YellowPagesWrap(Info info) : Napi::ObjectWrap<YellowPagesWrap>(info) {
    guarded(info.Env(), [&] { pages_ = std::make_unique<YellowPages>(); });
  }

 private:
  template <Napi::Value (YellowPagesWrap::*method)(Info)>
  Napi::Value call(Info info) {
    return guarded(info.Env(), [&] { return (this->*method)(info); });
  }

  static std::string_view name_of(Info info) { return to_bytes(info[0], "name"); }
  static uint64_t xid_of(Info info) { return to_u64(info[1], "xid"); }
  static std::optional<uint64_t> optional_xid(const Napi::Value& value) {
    return value.IsUndefined() ? std::nullopt : std::optional(to_u64(value, "xid"));
  }
  static Napi::Value truth(Info info, bool value) { return Napi::Boolean::New(info.Env(), value); }
  Napi::Value variable(Info info, const Record* record) {
    return record == nullptr ? info.Env().Undefined() : to_js(info.Env(), *pages_, *record).As<Napi::Value>();
  }

  Napi::Value locate(Info info) {
    const Record* record = pages_->published(name_of(info));
    return variable(info, record != nullptr && record->state == State::kSealed ? record : nullptr);
  }
  Napi::Value find(Info info) {
    const auto xid = optional_xid(info[1]);
    return variable(info, xid ? pages_->find(name_of(info), *xid) : pages_->published(name_of(info)));
  }
  Napi::Value claim(Info info) {
    pages_->claim(name_of(info), xid_of(info), to_text(info[2], "node"), to_u64(info[3], "deadlineMs"), to_u64(info[4], "nowMs"));
    return info.Env().Undefined();
  }
  Napi::Value renew(Info info) {
    return truth(info, pages_->renew(name_of(info), xid_of(info), to_u64(info[2], "deadlineMs"), to_u64(info[3], "nowMs")));
  }
  Napi::Value withdraw(Info info) { return truth(info, pages_->withdraw(name_of(info), xid_of(info))); }
  Napi::Value commit(Info info) {
    const Sealing sealing(info[2]);
    return truth(info, pages_->commit(name_of(info), xid_of(info), sealing.content, sealing.places, to_u64(info[3], "nowMs")));
  }
  Napi::Value replace(Info info) {
    const Sealing sealing(info[2]);
    const auto former = optional_xid(info[4]);
    return truth(info, pages_->replace(name_of(info), xid_of(info), sealing.content, sealing.places, former, to_u64(info[3], "nowMs")));
  }
  Napi::Value add_placement(Info info) {
    const OwnPlace own = to_place(info[2]);
    return truth(info, pages_->add_place(name_of(info), xid_of(info), own.place()));
  }
  Napi::Value move_placement(Info info) {
    const OwnPlace own = to_place(info[2]);
    return truth(info, pages_->move_place(name_of(info), xid_of(info), own.place()));
  }
  Napi::Value remove_placement(Info info) {
    return to_js(info.Env(), pages_->remove_place(name_of(info), xid_of(info), to_text(info[2], "node")));
  }
  Napi::Value remove(Info info) { return truth(info, pages_->remove(name_of(info), optional_xid(info[1]))); }
  Napi::Value acknowledge(Info info) {
    return to_js(info.Env(), pages_->acknowledge(name_of(info), xid_of(info), to_text(info[2], "node")));
  }
  Napi::Value publish(Info info) { return truth(info, pages_->publish(name_of(info), xid_of(info))); }
  Napi::Value begin_inventory(Info info) {
    pages_->begin_inventory(to_text(info[0], "node"));
    return info.Env().Undefined();
  }
  Napi::Value take_inventory(Info info) {
    const auto bytes = to_bytes(info[1], "batch");
    const TakenIn taken = take_in(*pages_, to_text(info[0], "node"), {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()});
    const Napi::Env env = info.Env();
    Napi::Object object = Napi::Object::New(env);
    object.Set("records", number(env, taken.records));
    object.Set("next", number(env, taken.next));
    object.Set("conflicts", to_js(env, taken.conflicts));
    object.Set("refused", to_js(env, taken.refused));
    object.Set("removed", to_js(env, taken.removed));
    return object;
  }
  static uint64_t budget_of(const Napi::Value& value) {
    const uint64_t budget = to_u64(value, "budget");
    if (budget == 0 || budget > kStepBudgetMax) throw Failure("ERR", "a step's budget is 1 to " + std::to_string(kStepBudgetMax));
    return budget;
  }
  Napi::Value drop(Info info) {
    const std::string node = to_text(info[0], "node");
    const bool unconfirmed_only = info[1].ToBoolean().Value();
    return number(info.Env(), pages_->drop(node, unconfirmed_only, to_u64(info[2], "cursor"), budget_of(info[3])));
  }
  Napi::Value lapse(Info info) {
    return number(info.Env(), pages_->lapse(to_u64(info[0], "cursor"), budget_of(info[1]), to_u64(info[2], "nowMs")));
  }

  /// `step(cursor, list)` looks at one stretch and returns the next cursor.
  template <class Step>
  Napi::Value scanned(Info info, const char* what, const Step& step) {
    uint64_t cursor = to_u64(info[0], "cursor");
    const uint64_t count = to_u64(info[1], "count");
    if (cursor >> 32 != 0) throw Failure("ERR", "no such cursor; begin with 0");
    Napi::Array list = Napi::Array::New(info.Env());
    // A table that was once large has long empty stretches: an answer may hold fewer than asked for.
    uint64_t stretches = std::max(count * 10, kScanStretchesMin);
    do {
      cursor = step(cursor, list);
    } while (cursor != 0 && list.Length() < count && --stretches > 0);
    Napi::Object object = Napi::Object::New(info.Env());
    object.Set("cursor", number(info.Env(), cursor));
    object.Set(what, list);
    return object;
  }
  Napi::Value scan(Info info) {
    return scanned(info, "names", [&](uint64_t cursor, Napi::Array& list) {
      return pages_->scan(cursor, [&](const Record& record) { list.Set(list.Length(), to_buffer(info.Env(), record.name())); });
    });
  }
  Napi::Value scan_unpublished(Info info) {
    return scanned(info, "variables", [&](uint64_t cursor, Napi::Array& list) {
      return pages_->scan_unpublished(cursor, [&](const Record& record) { list.Set(list.Length(), to_js(info.Env(), *pages_, record)); });
    });
  }

  Napi::Value stats(Info info) {
    Napi::Object object = Napi::Object::New(info.Env());
    const auto set = [&](const char* name, uint64_t value) { object.Set(name, number(info.Env(), value)); };
    set("variables", pages_->variables());
    set("claims", pages_->count(State::kClaimed));
    set("tombstones", pages_->count(State::kRemoved));
    set("conflicts", pages_->count(State::kConflict));
    set("privateBytes", pages_->bytes());
    return object;
  }
  Napi::Value nodes(Info info) {
    Napi::Array list = Napi::Array::New(info.Env());
    for (const auto& node : pages_->directory().nodes()) {
      Napi::Object object = Napi::Object::New(info.Env());
      const auto set = [&](const char* name, uint64_t value) { object.Set(name, number(info.Env(), value)); };
      object.Set("node", text(info.Env(), node.name));
      set("variables", node.counts.variables);
      set("bytes", node.counts.bytes);
      set("claims", node.counts.claims);
      set("tombstones", node.counts.tombstones);
      set("conflicts", node.counts.conflicts);
      list.Set(list.Length(), object);
    }
    return list;
  }

  std::unique_ptr<YellowPages> pages_;
};

Napi::Function YellowPagesWrap::define(Napi::Env env) {
  using Self = YellowPagesWrap;
  return DefineClass(env, "YellowPages",
                     {InstanceMethod<&Self::call<&Self::locate>>("locate"),
                      InstanceMethod<&Self::call<&Self::find>>("find"),
                      InstanceMethod<&Self::call<&Self::claim>>("claim"),
                      InstanceMethod<&Self::call<&Self::renew>>("renew"),
                      InstanceMethod<&Self::call<&Self::withdraw>>("withdraw"),
                      InstanceMethod<&Self::call<&Self::commit>>("commit"),
                      InstanceMethod<&Self::call<&Self::replace>>("replace"),
                      InstanceMethod<&Self::call<&Self::add_placement>>("addPlacement"),
                      InstanceMethod<&Self::call<&Self::move_placement>>("movePlacement"),
                      InstanceMethod<&Self::call<&Self::remove_placement>>("removePlacement"),
                      InstanceMethod<&Self::call<&Self::remove>>("remove"),
                      InstanceMethod<&Self::call<&Self::acknowledge>>("acknowledge"),
                      InstanceMethod<&Self::call<&Self::publish>>("publish"),
                      InstanceMethod<&Self::call<&Self::begin_inventory>>("beginInventory"),
                      InstanceMethod<&Self::call<&Self::take_inventory>>("takeInventory"),
                      InstanceMethod<&Self::call<&Self::drop>>("drop"),
                      InstanceMethod<&Self::call<&Self::lapse>>("lapse"),
                      InstanceMethod<&Self::call<&Self::scan>>("scan"),
                      InstanceMethod<&Self::call<&Self::scan_unpublished>>("scanUnpublished"),
                      InstanceMethod<&Self::call<&Self::stats>>("stats"),
                      InstanceMethod<&Self::call<&Self::nodes>>("nodes")});
}

}  // namespace

void init_yellow_pages(Napi::Env env, Napi::Object exports) {
  auto constructor = std::make_shared<Napi::FunctionReference>(Napi::Persistent(YellowPagesWrap::define(env)));
  exports.Set("openYellowPages",
              Napi::Function::New(env, [constructor](Info) -> Napi::Value { return constructor->New({}); }, "openYellowPages"));
}

}  // namespace fabric
