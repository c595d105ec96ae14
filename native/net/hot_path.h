#pragma once
#include <cstddef>
#include <cstdint>

#include "output_queue.h"

namespace fabric {

/// Answers commands straight from a fresh chunk, before the server sees it.
class HotPath {
 public:
  /// Returns how many leading bytes it has answered; the rest goes to the server.
  virtual size_t answer(uint64_t connection, const uint8_t* bytes, size_t length, OutputQueue& output) = 0;

 protected:
  ~HotPath() = default;
};

}  // namespace fabric
