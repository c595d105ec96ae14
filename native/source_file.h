#pragma once
#include <atomic>
#include <cstdint>
#include <string>

namespace fabric {

/// Opens a regular file beneath `root` for reading: no symlinks, no magic links, no `..` out of it. The caller closes it.
int open_beneath(const std::string& root, const std::string& relative);
/// Opens /dev/shm's `/name` for reading; regular objects only. The caller closes it.
int open_shm_source(const std::string& name);

/// Copies `length` bytes at `offset` of a file into mapped memory and returns their crc32c. ERR on a short read, when the memory
/// is gone, or when `stopping` was set.
uint32_t copy_from_file(int fd, uint64_t offset, uint8_t* to, uint64_t length, const std::atomic<bool>& stopping);

}  // namespace fabric
