#include "absent_files.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace fabric {

std::vector<uint8_t> find_absent(const std::string& paths) {
  std::vector<uint8_t> absent;
  for (size_t at = 0; at < paths.size();) {
    const size_t end = paths.find('\0', at);
    if (end == std::string::npos) break;
    const bool missing = ::faccessat(AT_FDCWD, paths.data() + at, F_OK, 0) != 0 && (errno == ENOENT || errno == ENOTDIR);
    absent.push_back(missing ? 1 : 0);
    at = end + 1;
  }
  return absent;
}

}  // namespace fabric
