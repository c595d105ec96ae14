#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "hot_types.h"
#include "net/hot_path.h"
#include "request_cursor.h"
#include "store.h"

namespace fabric {

/// Bytes; the server's own limits of these names.
struct HotLimits {
  uint64_t bulk_bytes_max = 0;
  uint64_t reserved_bytes_max = 0;
  uint64_t documentation_bytes_max = 0;
};

/// Stores the payload of a plain SET or FABRIC.INSERT: of a type that the server has parsed before, under a name and with documentation
/// that need no second look. What the store refuses is left to the server as well.
class HotWrites {
 public:
  /// A longer payload may begin to be stored before all of it is there.
  static constexpr uint64_t kAnnouncedBytesMin = 16 << 10;

  struct Draft {
    Strings strings;
    std::string_view payload;
    uint64_t length;
    bool replace;
    bool placements;
  };

  explicit HotWrites(const HotTypes& types) : types_(types) {}

  void limit(const HotLimits& limits) { limits_ = limits; }

  static std::optional<Draft> set(const PlainRequest& request);
  static std::optional<Draft> insert(const PlainRequest& request);

  /// The sealed entry; nothing: it is for the server. Throws Damage: that can't be tried again, the segment is out of use now.
  std::optional<Entry> store(Store& store, const Draft& draft) const;
  /// A reservation with the bytes that are there, or the Damage that kept them out; nothing: it is for the server.
  std::optional<HotBulk> begin(Store& store, const Draft& draft) const;

 private:
  bool plain(const Draft& draft) const;

  const HotTypes& types_;
  HotLimits limits_;
};

}  // namespace fabric
