#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>

#include "hot_pins.h"
#include "hot_reads.h"
#include "hot_types.h"
#include "hot_writes.h"
#include "net/hot_path.h"
#include "placement_cache.h"
#include "reply_line.h"
#include "request_cursor.h"

namespace fabric {

/// What the hot path has done since it was last asked.
struct HotCounts {
  static constexpr size_t kCommands = 9;

  uint64_t calls[kCommands] = {};
  uint64_t nanoseconds[kCommands] = {};
  uint64_t hits = 0;
  uint64_t misses = 0;
  /// Of the hits: variables of other nodes.
  uint64_t remembered_hits = 0;
  uint64_t pins = 0;
  uint64_t releases = 0;
  uint64_t inserts = 0;
  uint64_t inserted_bytes = 0;
  uint64_t input_bytes = 0;
  uint64_t output_bytes = 0;
};

/// Answers PING, GET, EXISTS and STRLEN of one name, FABRIC.LOCATE where nothing is to be waited for, FABRIC.PTR of a name for the connection or a slot,
/// FABRIC.RELEASE, SET, and FABRIC.INSERT of bytes, exactly as the server would. Whatever is unusual about a request is left to the server, which alone words errors.
class HotCommands final : public HotPath {
 public:
  /// In the order of HotCounts.
  static constexpr std::array<const char*, HotCounts::kCommands> kNames = {
      "ping", "fabric.release", "get", "exists", "strlen", "fabric.locate", "fabric.ptr", "set", "fabric.insert"};

  /// Not `alone`: what isn't here may be on another node, and what is stored here is to be told to others. Both are for the server, but
  /// for where up to `cache_names` variables of other nodes are.
  HotCommands(std::weak_ptr<Store> store, PayloadAccess& payloads, std::string node, bool alone, uint64_t cache_names = 0);

  Answered answer(HotState& state, const uint8_t* bytes, size_t length, OutputQueue& output,
                  size_t output_bytes_max) override;
  Sink sink(const HotBulk& bulk) override;
  std::optional<Failure> complete(HotState& state, uint32_t crc32c, bool stored, OutputQueue& output) override;
  void abandon(HotState& state) override;

  /// While false, everything goes to the server.
  void allow(bool allowed) { allowed_ = allowed; }
  /// Somebody waits for names to be sealed.
  void watch_seals(bool watched) { seals_watched_ = watched; }
  /// A longer WAIT is for the server to refuse.
  void limit_wait(uint64_t ms) { wait_ms_max_ = ms; }
  /// LOCATE of that name, in the catalog's spelling, is answered so for a time, unless it becomes a variable of this node. Without a cache
  /// these do nothing.
  void remember(std::string_view name, const std::vector<Placement>& placements, uint64_t ttl_ms);
  void forget(std::string_view name);
  void forget_all();
  HotTypes& types() { return types_; }
  HotWrites& writes() { return writes_; }
  /// Since the last call.
  HotCounts take_counts();

 private:
  enum Command : uint8_t { kPing, kRelease, kGet, kExists, kStrlen, kLocate, kPtr, kSet, kInsert };
  static constexpr bool looks_up(Command command) { return command >= kGet && command <= kPtr; }
  static constexpr bool writes(Command command) { return command >= kSet; }
  /// Requests looked at together: the memory that one needs is fetched while the others are being read.
  static constexpr size_t kBatch = 16;

  struct Pending {
    Command command;
    PlainRequest request;
    HashedName name;
    /// Where its bytes end in the chunk.
    size_t end;
  };

  static std::optional<Command> recognise(const PlainRequest& request);
  static bool right_count(Command command, unsigned count);
  size_t read(Store& store, RequestCursor& cursor, std::array<Pending, kBatch>& batch) const;
  void prefetch(Store& store, const Pending* batch, size_t count) const;
  /// False leaves the request to the server.
  bool execute(Store& store, const Pending& pending, HotState& state, OutputQueue& output);
  bool execute_read(Store& store, const Pending& pending, const HotState& state, OutputQueue& output);
  /// Of a name that isn't here.
  bool locate_elsewhere(const Pending& pending, OutputQueue& output);
  /// FABRIC.LOCATE name, or with a WAIT that the server would accept.
  bool plain_locate(const PlainRequest& request) const;
  bool execute_write(Store& store, const Pending& pending, HotState& state, OutputQueue& output);
  static void give_up(Store& store, Entry entry);
  void sealed(Store& store, Entry entry, bool placements, OutputQueue& output);

  std::weak_ptr<Store> weak_store_;
  PayloadAccess& payloads_;
  const std::string node_;
  const bool alone_;
  std::optional<PlacementCache> cache_;
  HotTypes types_;
  const HotReads reads_;
  const HotPins pins_;
  HotWrites writes_;
  bool allowed_ = true;
  bool seals_watched_ = false;
  uint64_t wait_ms_max_ = 0;
  /// When the chunk came that is being answered. Not counting while the machine sleeps, as what is remembered doesn't.
  uint64_t now_ms_ = 0;
  HotCounts counts_;
};

}  // namespace fabric
