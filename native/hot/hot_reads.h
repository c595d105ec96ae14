#pragma once
#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "net/hot_path.h"
#include "request_cursor.h"
#include "store.h"

namespace fabric {

/// What the hot path has done since it was last asked.
struct HotCounts {
  static constexpr size_t kCommands = 5;

  uint64_t calls[kCommands] = {};
  uint64_t nanoseconds[kCommands] = {};
  uint64_t hits = 0;
  uint64_t misses = 0;
  uint64_t input_bytes = 0;
  uint64_t output_bytes = 0;
};

/// Answers PING, GET, EXISTS and STRLEN of one name, and FABRIC.LOCATE without options, exactly as the server would. Whatever
/// is unusual about a request, a name that isn't one above all, is left to the server, which alone words errors.
class HotReads final : public HotPath {
 public:
  /// In the order of HotCounts.
  static constexpr std::array<const char*, HotCounts::kCommands> kNames = {"ping", "get", "exists", "strlen", "fabric.locate"};

  /// `payloads` keeps what is queued alive; it outlives the connections.
  HotReads(std::weak_ptr<Store> store, PayloadAccess& payloads, std::string node);

  Answered answer(HotState& state, const uint8_t* bytes, size_t length, OutputQueue& output,
                  size_t output_bytes_max) override;

  /// While false, everything goes to the server.
  void allow(bool allowed) { allowed_ = allowed; }
  /// Since the last call.
  HotCounts take_counts();

 private:
  enum Command : uint8_t { kPing, kGet, kExists, kStrlen, kLocate };
  /// Requests looked at together: the memory that one needs is fetched while the others are being read.
  static constexpr size_t kBatch = 16;

  struct Pending {
    Command command;
    bool bare;
    HashedName argument;
    /// Where its bytes end in the chunk.
    size_t end;
  };

  size_t read(RequestCursor& cursor, std::array<Pending, kBatch>& batch) const;
  void prefetch(const Pending* batch, size_t count) const;
  /// False leaves the request to the server.
  bool execute(const Pending& request, uint8_t protocol, OutputQueue& output);
  bool send_payload(Entry entry, OutputQueue& output);
  bool send_location(Entry entry, OutputQueue& output);

  std::weak_ptr<Store> weak_store_;
  PayloadAccess& payloads_;
  const std::string node_;
  bool allowed_ = true;
  HotCounts counts_;
  /// Set while `answer` runs.
  Store* store_ = nullptr;
};

}  // namespace fabric
