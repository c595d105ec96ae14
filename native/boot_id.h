#pragma once
#include <string>

namespace fabric {

/// Of this boot of this machine's kernel; empty where /proc isn't there.
const std::string& boot_id();

}  // namespace fabric
