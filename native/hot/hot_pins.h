#pragma once
#include <optional>
#include <string>

#include "hot_types.h"
#include "net/hot_path.h"
#include "request_cursor.h"
#include "store.h"

namespace fabric {

/// Takes and gives back pins as the server would. `false` leaves the request to the server, and nothing has happened.
class HotPins {
 public:
  HotPins(const HotTypes& types, std::string node) : types_(types), node_(std::move(node)) {}

  /// FABRIC.PTR name [SLOT n].
  bool point(Store& store, std::optional<Entry> entry, const PlainRequest& request, const HotState& state,
             OutputQueue& output) const;
  /// FABRIC.RELEASE pin.
  bool release(Store& store, const PlainRequest& request, OutputQueue& output) const;

 private:
  std::optional<uint64_t> token_of(std::string_view pin) const;
  void append_pointer(Store& store, Entry entry, const HotType& type, uint64_t token, uint8_t protocol, OutputQueue& output) const;

  const HotTypes& types_;
  const std::string node_;
};

}  // namespace fabric
