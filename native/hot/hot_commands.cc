#include "hot_commands.h"

#include <utility>

#include "canonical_number.h"
#include "clock.h"
#include "hot_names.h"

namespace fabric {

namespace {

constexpr uint64_t kNsPerMs = 1'000'000;

}  // namespace

HotCommands::HotCommands(std::weak_ptr<Store> store, PayloadAccess& payloads, std::string node, bool alone, uint64_t cache_names)
    : weak_store_(std::move(store)), payloads_(payloads), node_(node), alone_(alone), reads_(payloads, node), pins_(types_, std::move(node)), writes_(types_) {
  if (cache_names > 0) cache_.emplace(cache_names);
}

HotPath::Answered HotCommands::answer(HotState& state, const uint8_t* bytes, size_t length, OutputQueue& output,
                                      size_t output_bytes_max) {
  if (!allowed_ || state.protocol == 0) return {};
  const std::shared_ptr<Store> store = weak_store_.lock();
  if (!store) return {};
  const uint64_t begun_ns = monotonic_ns();
  now_ms_ = begun_ns / kNsPerMs;
  const size_t output_before = output.bytes();
  RequestCursor cursor(bytes, length, HotWrites::kAnnouncedBytesMin);
  std::array<Pending, kBatch> batch;
  uint64_t calls[HotCounts::kCommands] = {};
  uint64_t total = 0;
  size_t answered = 0;
  bool all = true;
  for (size_t count = kBatch; all && count == kBatch;) {
    count = read(*store, cursor, batch);
    if (count > 1) prefetch(*store, batch.data(), count);
    for (size_t i = 0; i < count; ++i) {
      all = output.bytes() <= output_bytes_max && execute(*store, batch[i], state, output);
      if (!all) break;
      answered = batch[i].end;
      state.command = kNames[batch[i].command];
      ++calls[batch[i].command];
      ++total;
      all = !state.refused;
      if (!all) break;
    }
  }
  counts_.input_bytes += answered;
  counts_.output_bytes += output.bytes() - output_before;
  const uint64_t each_ns = total == 0 ? 0 : (monotonic_ns() - begun_ns) / total;
  for (size_t i = 0; i < HotCounts::kCommands; ++i) {
    counts_.calls[i] += calls[i];
    counts_.nanoseconds[i] += calls[i] * each_ns;
  }
  return {answered, all && cursor.starved()};
}

std::optional<HotCommands::Command> HotCommands::recognise(const PlainRequest& request) {
  const std::string_view word = request.arguments[0];
  switch (word.size()) {
    case 3:
      if (is_word(word, "get")) return kGet;
      if (is_word(word, "set")) return kSet;
      break;
    case 4:
      if (is_word(word, "ping")) return kPing;
      break;
    case 6:
      if (is_word(word, "exists")) return kExists;
      if (is_word(word, "strlen")) return kStrlen;
      break;
    case 10:
      if (is_word(word, "fabric.ptr")) return kPtr;
      break;
    case 13:
      if (is_word(word, "fabric.locate")) return kLocate;
      if (is_word(word, "fabric.insert")) return kInsert;
      break;
    case 14:
      if (is_word(word, "fabric.release")) return kRelease;
      break;
  }
  return std::nullopt;
}

/// Of those that don't write: more or fewer arguments are for the server.
bool HotCommands::right_count(Command command, unsigned count) {
  if (command == kPing) return count <= 2;
  return count == 2 || ((command == kPtr || command == kLocate) && count == 4);
}

size_t HotCommands::read(Store& store, RequestCursor& cursor, std::array<Pending, kBatch>& batch) const {
  size_t count = 0;
  for (; count < kBatch; ++count) {
    Pending& pending = batch[count];
    RequestCursor ahead = cursor;
    if (!ahead.next(pending.request)) {
      cursor = ahead;
      return count;
    }
    const auto command = recognise(pending.request);
    if (!command) return count;
    pending.command = *command;
    if (!writes(*command) && (!right_count(*command, pending.request.count) || !pending.request.whole())) return count;
    if (looks_up(*command)) {
      if (!plain_name(pending.request.arguments[1])) return count;
      pending.name = store.hashed(pending.request.arguments[1]);
      store.prefetch(pending.name);
      if (cache_ && *command == kLocate) cache_->prefetch(pending.name);
    }
    cursor = ahead;
    pending.end = cursor.position();
  }
  return count;
}

void HotCommands::prefetch(Store& store, const Pending* batch, size_t count) const {
  std::array<std::optional<Entry>, kBatch> likely;
  for (size_t i = 0; i < count; ++i) {
    likely[i] = looks_up(batch[i].command) ? store.likely(batch[i].name) : std::nullopt;
    if (likely[i]) store.prefetch_descriptor(*likely[i]);
    else if (cache_ && batch[i].command == kLocate) cache_->prefetch_likely(batch[i].name);
  }
  for (size_t i = 0; i < count; ++i) {
    if (likely[i]) store.prefetch_name(*likely[i]);
  }
}

bool HotCommands::execute(Store& store, const Pending& pending, HotState& state, OutputQueue& output) {
  if (writes(pending.command)) return alone_ && execute_write(store, pending, state, output);
  if (looks_up(pending.command)) return execute_read(store, pending, state, output);
  if (pending.command == kRelease) {
    const bool done = pins_.release(store, pending.request, output);
    if (done) ++counts_.releases;
    return done;
  }
  if (pending.request.count == 1) {
    output.append("+PONG\r\n");
  } else {
    const std::string_view message = pending.request.arguments[1];
    output.grow(ReplyLine(output.room(message.size() + ReplyLine::kNumberBytes + 2)).bulk(message).bytes());
  }
  return true;
}

bool HotCommands::execute_read(Store& store, const Pending& pending, const HotState& state, OutputQueue& output) {
  if (pending.command == kLocate && !plain_locate(pending.request)) return false;
  const std::optional<Entry> entry = store.find(pending.name);
  if (!entry && pending.command == kLocate && locate_elsewhere(pending, output)) return true;
  const bool waits = !entry && pending.command == kLocate && pending.request.count > 2;
  if (waits || (!entry && !alone_)) return false;
  bool done = false;
  if (pending.command == kGet) done = reads_.get(store, entry, state.protocol, output);
  if (pending.command == kLocate) done = reads_.locate(store, entry, state.protocol, output);
  if (pending.command == kExists) done = reads_.exists(entry, output);
  if (pending.command == kStrlen) done = reads_.strlen(store, entry, output);
  if (pending.command == kPtr) {
    done = pins_.point(store, entry, pending.request, state, output);
    if (done && entry) ++counts_.pins;
  }
  if (done) ++(entry ? counts_.hits : counts_.misses);
  return done;
}

bool HotCommands::plain_locate(const PlainRequest& request) const {
  if (request.count == 2) return true;
  const auto ms = canonical_number(request.arguments[3]);
  return is_word(request.arguments[2], "wait") && ms && *ms <= wait_ms_max_;
}

bool HotCommands::locate_elsewhere(const Pending& pending, OutputQueue& output) {
  const std::string_view reply = cache_ ? cache_->find(pending.name, now_ms_) : std::string_view();
  if (reply.empty()) return false;
  output.append(reply);
  ++counts_.hits;
  ++counts_.remembered_hits;
  return true;
}

void HotCommands::remember(std::string_view name, const std::vector<Placement>& placements, uint64_t ttl_ms) {
  const std::shared_ptr<Store> store = weak_store_.lock();
  if (cache_ && store) cache_->remember(store->hashed(name), placements_reply(placements), monotonic_ns() / kNsPerMs, ttl_ms);
}

void HotCommands::forget(std::string_view name) {
  const std::shared_ptr<Store> store = weak_store_.lock();
  if (cache_ && store) cache_->forget(store->hashed(name));
}

void HotCommands::forget_all() {
  if (cache_) cache_->forget_all();
}

bool HotCommands::execute_write(Store& store, const Pending& pending, HotState& state, OutputQueue& output) {
  const PlainRequest& request = pending.request;
  const auto draft = pending.command == kSet ? HotWrites::set(request) : HotWrites::insert(request);
  if (!draft) return false;
  if (!request.whole()) {
    state.bulk = writes_.begin(store, *draft);
    return state.bulk.has_value();
  }
  std::optional<Entry> entry;
  try {
    entry = writes_.store(store, *draft);
  } catch (const Damage& damage) {
    state.refused = damage;
    return true;
  }
  if (entry) sealed(store, *entry, draft->placements, output);
  return entry.has_value();
}

void HotCommands::sealed(Store& store, Entry entry, bool placements, OutputQueue& output) {
  ++counts_.inserts;
  counts_.inserted_bytes += store.catalog().descriptor(entry).length;
  if (seals_watched_) sealed_.emplace_back(store.catalog().name(entry));
  if (placements) {
    append_placements(store.locate(entry), node_, output);
  } else {
    output.append("+OK\r\n");
  }
}

Sink HotCommands::sink(const HotBulk& bulk) {
  if (bulk.refused) return Sink(bulk.length - bulk.written);
  return Sink(payloads_, bulk.entry, bulk.written, bulk.length - bulk.written, bulk.crc32c);
}

std::optional<Failure> HotCommands::complete(HotState& state, uint32_t crc32c, bool stored, OutputQueue& output) {
  const HotBulk bulk = *std::exchange(state.bulk, std::nullopt);
  if (bulk.refused) return bulk.refused;
  const std::shared_ptr<Store> store = weak_store_.lock();
  if (!store) return shutting_down();
  counts_.input_bytes += bulk.length - bulk.written;
  const size_t output_before = output.bytes();
  try {
    if (!stored) store->fail_damaged(store->catalog().word(bulk.entry).segment);
    store->seal(bulk.entry, crc32c, boottime_ms());
  } catch (const Failure& failure) {
    give_up(*store, bulk.entry);
    return failure;
  }
  sealed(*store, bulk.entry, bulk.placements, output);
  counts_.output_bytes += output.bytes() - output_before;
  return std::nullopt;
}

void HotCommands::abandon(HotState& state) {
  if (!state.bulk) return;
  const HotBulk bulk = *std::exchange(state.bulk, std::nullopt);
  if (bulk.refused) return;
  if (const std::shared_ptr<Store> store = weak_store_.lock()) give_up(*store, bulk.entry);
}

void HotCommands::give_up(Store& store, Entry entry) {
  try {
    store.abort(entry, boottime_ms());
  } catch (const Failure&) {
    // It is none any more.
  }
}

HotCounts HotCommands::take_counts() { return std::exchange(counts_, {}); }

}  // namespace fabric
