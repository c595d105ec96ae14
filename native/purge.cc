#include "purge.h"

#include "object_names.h"
#include "owner_lock.h"
#include "shm_object.h"

namespace fabric {

std::vector<std::string> purge_node(const std::string& prefix, const std::string& node) {
  const ObjectNames names(prefix, node);
  const OwnerLock lock("/dev/shm" + names.lock(), "node '" + node + "'");
  std::vector<std::string> gone;
  // The catalog goes first: without it a crash in between leaves strays that the next start removes.
  for (const std::string& name : {names.catalog(), names.slots()}) {
    if (unlink_object(name)) gone.push_back(name);
  }
  for (const std::string& name : names.segments_present()) {
    if (unlink_object(name)) gone.push_back(name);
  }
  return gone;
}

}  // namespace fabric
