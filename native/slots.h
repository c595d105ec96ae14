#pragma once
#include <cstdint>
#include <string>

#include "shm_object.h"

namespace fabric {

/// The slots object: local clients prove that they live by a lock the kernel drops with them. Clients write to it, so it
/// is read with pread only, and what it says can at worst keep the client's own pins alive.
class Slots {
 public:
  static Slots open_or_create(const std::string& name, uint64_t slots, ObjectAccess access);

  /// True while some process holds the slot's lock.
  bool held(uint32_t slot) const;
  /// Counts the slot's holders; 0 when it can't be read.
  uint64_t incarnation(uint32_t slot) const;
  uint32_t count() const { return count_; }

 private:
  FileHandle file_;
  uint32_t count_ = 0;
};

}  // namespace fabric
