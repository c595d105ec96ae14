#include "object_names.h"

#include <dirent.h>

#include <cstdio>
#include <memory>

#include "failure.h"

namespace fabric {

namespace {

constexpr size_t kPrefixBytesMax = 32;
constexpr size_t kNodeBytesMax = 32;

bool plain(const std::string& text, size_t bytes_max) {
  if (text.empty() || text.size() > bytes_max) return false;
  for (char c : text) {
    if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_')) return false;
  }
  return true;
}

}  // namespace

ObjectNames::ObjectNames(const std::string& prefix, const std::string& node) : base_("/" + prefix + "." + node) {
  if (!plain(prefix, kPrefixBytesMax) || !plain(node, kNodeBytesMax)) {
    throw Failure("ERR", "shm prefix and node name are 1 to 32 letters, digits, '-' or '_'; got '" + prefix + "' and '" + node + "'");
  }
}

std::string ObjectNames::segment(uint32_t number) const {
  char digits[16];
  std::snprintf(digits, sizeof digits, ".s%04u", number);
  return base_ + digits;
}

uint32_t ObjectNames::segment_number(const std::string& name) const {
  const std::string head = base_ + ".s";
  if (name.size() <= head.size() || name.size() > head.size() + 9 || name.compare(0, head.size(), head) != 0) return 0;
  uint32_t number = 0;
  for (size_t i = head.size(); i < name.size(); ++i) {
    if (name[i] < '0' || name[i] > '9') return 0;
    number = number * 10 + static_cast<uint32_t>(name[i] - '0');
  }
  return segment(number) == name ? number : 0;
}

std::vector<std::string> ObjectNames::segments_present() const {
  std::vector<std::string> found;
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::opendir("/dev/shm"), ::closedir);
  if (!directory) throw system_failure("cannot list /dev/shm");
  while (const dirent* item = ::readdir(directory.get())) {
    const std::string name = std::string("/") + item->d_name;
    if (segment_number(name) != 0) found.push_back(name);
  }
  return found;
}

}  // namespace fabric
