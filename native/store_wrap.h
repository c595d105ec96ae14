#pragma once
#include <napi.h>

#include <memory>

#include "store.h"
#include "store_jobs.h"

namespace fabric {

/// The JavaScript object of a store (`NativeStore` in src/native.ts).
class StoreWrap : public Napi::ObjectWrap<StoreWrap> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit StoreWrap(const Napi::CallbackInfo& info);
  ~StoreWrap() override;

  /// nullptr once closed.
  const std::shared_ptr<Store>& store() const { return store_; }

 private:
  using Info = const Napi::CallbackInfo&;

  template <Napi::Value (StoreWrap::*method)(Info)>
  Napi::Value call(Info info);

  Store& open() const;
  void shut();
  static void at_exit(void* wrap);

  Napi::Value close(Info info);
  Napi::Value stats(Info info);
  Napi::Value segments(Info info);
  Napi::Value raise_epoch(Info info);
  Napi::Value host(Info info);
  Napi::Value alloc_segment(Info info);
  Napi::Value dealloc_segment(Info info);
  Napi::Value largest_free(Info info);
  Napi::Value find(Info info);
  Napi::Value find_claim(Info info);
  Napi::Value find_xid(Info info);
  Napi::Value find_at(Info info);
  Napi::Value locate(Info info);
  Napi::Value describe(Info info);
  Napi::Value scan(Info info);
  Napi::Value random_name(Info info);
  Napi::Value inventory(Info info);
  Napi::Value insert(Info info);
  Napi::Value reserve(Info info);
  Napi::Value write(Info info);
  Napi::Value checksum(Info info);
  Napi::Value copy_from(Info info);
  Napi::Value receive(Info info);
  Napi::Value seal(Info info);
  Napi::Value abort(Info info);
  Napi::Value remove(Info info);
  Napi::Value remove_xid(Info info);
  Napi::Value veil(Info info);
  Napi::Value unveil(Info info);
  Napi::Value unveil_all(Info info);
  Napi::Value read(Info info);
  Napi::Value hold(Info info);
  Napi::Value drop(Info info);
  Napi::Value pin(Info info);
  Napi::Value unpin(Info info);
  Napi::Value pinned(Info info);
  Napi::Value renew(Info info);
  Napi::Value disconnected(Info info);
  Napi::Value sweep(Info info);
  Napi::Value hold_quarantine(Info info);
  Napi::Value defrag_step(Info info);
  Napi::Value evacuate_step(Info info);
  Napi::Value close_segment(Info info);
  Napi::Value length_of(Info info);
  Napi::Value in_restart_grace(Info info);

  /// Runs `work` on a reservation's memory while it is held; resolves to the crc32c it returns.
  Napi::Value with_payload(Info info, Entry entry, std::function<uint32_t(uint8_t*, uint64_t, const std::atomic<bool>&)> work,
                           StoreJobs::Lane lane = StoreJobs::Lane::kCopies);

  /// Copies and commits a planned move; resolves to a Step, or to undefined when there was none and nothing is left.
  Napi::Value run_move(Info info, std::optional<PendingMove> move, bool more);

  /// Others have it only for the length of a call on this thread.
  std::shared_ptr<Store> store_;
  std::unique_ptr<StoreJobs> jobs_;
};

/// The entry's number, or undefined.
inline Napi::Value to_js(Napi::Env env, std::optional<Entry> entry) {
  return entry ? Napi::Number::New(env, *entry).As<Napi::Value>() : env.Undefined();
}

}  // namespace fabric
