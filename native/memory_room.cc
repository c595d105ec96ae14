#include "memory_room.h"

#include <sys/statvfs.h>

#include <fstream>
#include <limits>
#include <string>

#include "failure.h"

namespace fabric {

namespace {

constexpr uint64_t kUnlimited = std::numeric_limits<uint64_t>::max();
/// Left for everybody else when memory is handed out.
constexpr uint64_t kMemoryReserveBytes = 64 << 20;

uint64_t shm_free() {
  struct statvfs status;
  if (::statvfs("/dev/shm", &status) != 0) throw system_failure("cannot ask /dev/shm for its free space");
  // A size of 0 blocks is tmpfs' way of saying that it has no limit.
  return status.f_blocks == 0 ? kUnlimited : uint64_t{status.f_bavail} * status.f_frsize;
}

uint64_t available_memory() {
  std::ifstream file("/proc/meminfo");
  std::string key;
  uint64_t kib;
  std::string unit;
  while (file >> key >> kib) {
    std::getline(file, unit);
    if (key == "MemAvailable:") return kib * 1024;
  }
  return kUnlimited;
}

uint64_t read_number(const std::string& path) {
  std::ifstream file(path);
  uint64_t value;
  return file >> value ? value : kUnlimited;
}

uint64_t cgroup_headroom() {
  std::ifstream file("/proc/self/cgroup");
  std::string line;
  uint64_t headroom = kUnlimited;
  while (std::getline(file, line)) {
    const bool unified = line.rfind("0::", 0) == 0;
    const size_t memory = line.find(":memory:");
    if (!unified && memory == std::string::npos) continue;
    std::string path = unified ? line.substr(3) : line.substr(memory + 8);
    const std::string root = unified ? "/sys/fs/cgroup" : "/sys/fs/cgroup/memory";
    // Every group up to the root may have a limit of its own.
    for (;;) {
      const std::string group = root + path;
      const uint64_t limit = read_number(group + (unified ? "/memory.max" : "/memory.limit_in_bytes"));
      const uint64_t used = read_number(group + (unified ? "/memory.current" : "/memory.usage_in_bytes"));
      if (limit != kUnlimited && used != kUnlimited) headroom = std::min(headroom, limit > used ? limit - used : 0);
      const size_t slash = path.rfind('/');
      if (path.empty() || slash == std::string::npos) break;
      path.resize(slash);
    }
  }
  return headroom;
}

std::string mib(uint64_t bytes) { return std::to_string(bytes >> 20) + " MiB"; }

}  // namespace

void check_room(uint64_t bytes) {
  const uint64_t shm = shm_free();
  if (shm < bytes) {
    throw Failure("OOM", "/dev/shm has " + mib(shm) + " free and the segment needs " + mib(bytes) +
                             "; ask for less, remove what isn't needed there, or enlarge it (`mount -o remount,size=…"
                             " /dev/shm`; in a container start it with --shm-size)");
  }
  const uint64_t memory = available_memory();
  if (memory < bytes + kMemoryReserveBytes) {
    throw Failure("OOM", "the machine has " + mib(memory) + " of memory available and the segment needs " + mib(bytes) +
                             " (" + mib(kMemoryReserveBytes) + " are left to others); ask for less");
  }
  const uint64_t headroom = cgroup_headroom();
  if (headroom < bytes + kMemoryReserveBytes) {
    throw Failure("OOM", "the control group has " + mib(headroom) + " of memory left and the segment needs " + mib(bytes) +
                             "; ask for less, or raise the container's memory limit");
  }
}

}  // namespace fabric
