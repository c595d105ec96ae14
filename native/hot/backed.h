#pragma once
#include "guarded_copy.h"
#include "store.h"

namespace fabric {

/// Whether a payload's memory is still there: a truncated segment lacks its end, so its last byte tells.
inline bool backed(const Store& store, Entry entry) {
  const layout::Descriptor& d = store.catalog().descriptor(entry);
  uint8_t last;
  return d.length == 0 || guarded_copy(&last, store.segment_of(entry).data() + d.offset + d.length - 1, 1);
}

}  // namespace fabric
