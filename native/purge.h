#pragma once
#include <string>
#include <vector>

namespace fabric {

/// Unlinks all objects of a node and returns their names; the empty lock file stays, because it is what excludes.
/// OWNED while a server runs.
std::vector<std::string> purge_node(const std::string& prefix, const std::string& node);

}  // namespace fabric
