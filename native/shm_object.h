#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>

#include "file_handle.h"

namespace fabric {

/// Permissions of a node's objects.
struct ObjectAccess {
  mode_t mode;
  /// -1 leaves the group.
  gid_t group;
};

/// A POSIX shared-memory object, mapped read-write as a whole. Never truncated while mapped.
class ShmObject {
 public:
  ShmObject() = default;
  ShmObject(ShmObject&& other) noexcept;
  ShmObject& operator=(ShmObject&& other) noexcept;
  ~ShmObject();

  /// Creates (O_EXCL), sizes (sparse) and maps. ERR with the reason.
  static ShmObject create(const std::string& name, uint64_t bytes, ObjectAccess access);
  /// Opens and maps; NOTFOUND when absent.
  static ShmObject open(const std::string& name);

  /// Backs a range with memory; false when none is left (errno tells).
  bool reserve(uint64_t offset, uint64_t bytes) const;
  /// Sets page tables up for writing, best effort.
  void prefault(uint64_t offset, uint64_t bytes) const;
  /// False when another process has truncated the object below what was mapped.
  bool intact() const;

  uint8_t* data() const { return data_; }
  uint64_t bytes() const { return bytes_; }
  uint64_t inode() const { return inode_; }
  int fd() const { return file_.get(); }
  bool valid() const { return data_ != nullptr; }

 private:
  void map(uint64_t bytes, const std::string& name);
  void unmap();

  FileHandle file_;
  uint8_t* data_ = nullptr;
  uint64_t bytes_ = 0;
  uint64_t inode_ = 0;
};

/// True when it was there.
bool unlink_object(const std::string& name);

}  // namespace fabric
