#pragma once
#include <cstdint>
#include <string>

#include "net/output_queue.h"
#include "store.h"

namespace fabric {

/// Answers reads of one variable as the server would. `false` leaves the request to the server.
class HotReads {
 public:
  /// `payloads` keeps what is queued alive; it outlives the connections.
  HotReads(PayloadAccess& payloads, std::string node) : payloads_(payloads), node_(std::move(node)) {}

  bool get(Store& store, std::optional<Entry> entry, uint8_t protocol, OutputQueue& output) const;
  bool locate(Store& store, std::optional<Entry> entry, uint8_t protocol, OutputQueue& output) const;
  bool exists(std::optional<Entry> entry, OutputQueue& output) const;
  bool strlen(Store& store, std::optional<Entry> entry, OutputQueue& output) const;

 private:
  bool copy(Store& store, Entry entry, OutputQueue& output) const;

  PayloadAccess& payloads_;
  const std::string node_;
};

}  // namespace fabric
