#pragma once
/// What those are told who want a name that is taken. The words of a node and of the coordinator are the same: a client that
/// sends a request again knows its own write by xid, length and checksum.
#include <cstdint>
#include <string>

#include "failure.h"

namespace fabric {

inline Failure name_is_being_written(uint64_t xid, const std::string& length) {
  return Failure("EXISTS", "the name is being written: xid=" + std::to_string(xid) + " length=" + length +
                               " crc32c=unknown; wait for its FABRIC.SEAL, or FABRIC.ABORT that xid");
}

inline Failure name_is_taken(uint64_t xid, uint64_t length, uint32_t crc32c) {
  return Failure("EXISTS", "the name is taken: xid=" + std::to_string(xid) + " length=" + std::to_string(length) + " crc32c=" +
                               std::to_string(crc32c) + "; variables are write-once: choose another name, FABRIC.DELETE it, or add REPLACE");
}

/// What those are told who bring a copy of a variable to a node that has one, or is on the way to one.
inline Failure copy_is_here(uint64_t xid) {
  return Failure("EXISTS", "this node has a copy of xid=" + std::to_string(xid) + " already");
}

}  // namespace fabric
