#pragma once
/// How a node's shared-memory objects are called, so that `ls /dev/shm` explains itself.
#include <cstdint>
#include <string>
#include <vector>

namespace fabric {

class ObjectNames {
 public:
  ObjectNames(const std::string& prefix, const std::string& node);

  std::string catalog() const { return base_ + ".catalog"; }
  std::string slots() const { return base_ + ".slots"; }
  std::string lock() const { return base_ + ".lock"; }
  std::string segment(uint32_t number) const;
  /// The number in a segment's name; 0 when it isn't one of this node's.
  uint32_t segment_number(const std::string& name) const;
  /// This node's segments in /dev/shm, whether the catalog knows them or not.
  std::vector<std::string> segments_present() const;

 private:
  std::string base_;
};

}  // namespace fabric
