#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace fabric {

/// Looks for each of the paths, which end with a zero byte each: 1 where nothing has that name, 0 where something has or where that can't be
/// told. May block as long as the file system does.
std::vector<uint8_t> find_absent(const std::string& paths);

}  // namespace fabric
