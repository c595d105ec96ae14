#include "boot_id.h"

#include <cstdio>

namespace fabric {
namespace {

std::string read_boot_id() {
  std::string id;
  if (FILE* file = std::fopen("/proc/sys/kernel/random/boot_id", "re")) {
    char line[64] = {};
    if (std::fgets(line, sizeof line, file)) id = line;
    std::fclose(file);
  }
  while (!id.empty() && id.back() == '\n') id.pop_back();
  return id;
}

}  // namespace

const std::string& boot_id() {
  static const std::string id = read_boot_id();
  return id;
}

}  // namespace fabric
