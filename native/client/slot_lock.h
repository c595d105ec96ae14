#pragma once
#include <cstdint>
#include <string>

#include "../file_handle.h"

namespace fabric {

/// A client process's proof of life: the write lock on the first byte of one record of `/<prefix>.<node>.slots`. It belongs to
/// the open file, so the kernel drops it when the last process that inherited the descriptor is gone, however it ends.
class SlotLock {
 public:
  /// Takes a free slot and counts its incarnation up, by which the server tells successive holders apart. ERR when all are
  /// taken.
  static SlotLock acquire(const std::string& slots_object);

  uint32_t index() const { return index_; }
  uint64_t inode() const { return inode_; }
  /// Gives the slot up.
  void release() { file_.reset(); }

 private:
  SlotLock(FileHandle file, uint32_t index, uint64_t inode) : file_(std::move(file)), index_(index), inode_(inode) {}

  FileHandle file_;
  uint32_t index_;
  uint64_t inode_;
};

}  // namespace fabric
