#pragma once
#include <string>

#include "file_handle.h"

namespace fabric {

/// Makes its holder the only owner of something for as long as the process lives. The lock file is never unlinked: a
/// second inode of the same name would let two owners in. OFD locks, because POSIX ones fall when any descriptor of
/// the file closes.
class OwnerLock {
 public:
  /// OWNED, naming `what`, when another process (or another open in this one) holds it.
  OwnerLock(const std::string& path, const std::string& what);
  OwnerLock(OwnerLock&&) noexcept = default;
  /// Unlocks in so many words: closing alone would leave the lock to any child forked meanwhile, until it executes.
  ~OwnerLock();

 private:
  FileHandle file_;
};

}  // namespace fabric
