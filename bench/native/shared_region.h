/// Shared memory of the bench's own, every page of it allocated.
#pragma once
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>

#include "common.h"

namespace bench {

/// Opened for reading and writing; its name is gone already.
inline int open_prefaulted(uint64_t bytes) {
  const std::string name = "/datafabric-bench-" + std::to_string(getpid());
  const int fd = shm_open(name.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) fail_system("shm_open");
  shm_unlink(name.c_str());
  const int failure = posix_fallocate(fd, 0, static_cast<off_t>(bytes));
  if (failure != 0) fail("not enough shared memory: " + std::string(std::strerror(failure)));
  return fd;
}

inline char* map_shared(int fd, uint64_t offset, uint64_t bytes, int flags = 0) {
  void* data = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED | flags, fd, static_cast<off_t>(offset));
  if (data == MAP_FAILED) fail_system("mmap");
  return static_cast<char*>(data);
}

}  // namespace bench
