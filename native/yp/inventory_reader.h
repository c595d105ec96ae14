#pragma once
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "yp/yellow_pages.h"

namespace fabric::yp {

/// A variable of the batch that isn't published as the node has it.
struct Told {
  std::string name;
  uint64_t xid;
};

struct TakenIn {
  uint32_t records = 0;
  /// Where the node's next batch begins; 0: this was the last.
  uint32_t next = 0;
  /// By Adopted.
  std::vector<Told> conflicts;
  std::vector<Told> refused;
  std::vector<Told> removed;
};

/// Takes a batch of that node's in, or throws and has changed nothing: it comes from a socket, and all of it is checked before any
/// of it counts. ERR for what is no batch, or damaged, or another node's; LAYOUT for another version. (OOM may come halfway: what
/// was taken in until then stays, and taking it in again does no harm.)
TakenIn take_in(YellowPages& pages, std::string_view node, std::span<const uint8_t> batch);

}  // namespace fabric::yp
