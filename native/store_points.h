#pragma once
/// Every store the server makes to the catalog, by name. A commit is the one store that makes a change true; a fill means
/// nothing before its commit. Crash tests take the points from here, kill the server at each, and leave out each commit.
#include <cstddef>
#include <cstdint>

namespace fabric {

enum class StoreKind : uint8_t { kFill, kCommit };

// clang-format off
#define FABRIC_STORE_POINTS(point) \
  /* the header, at a node's first start */ \
  point(header_written, kFill) \
  point(header_node, kFill) \
  point(header_complete, kCommit) \
  /* regions that grow */ \
  point(pins_ready, kCommit) \
  point(variables_ready, kCommit) \
  point(string_bytes_ready, kCommit) \
  /* ids that are never given twice */ \
  point(epoch_raised, kCommit) \
  point(xid_counter_reset, kFill) \
  point(xid_taken, kCommit) \
  point(segment_number_taken, kCommit) \
  /* segments */ \
  point(segment_bytes, kFill) \
  point(segment_inode, kFill) \
  point(segment_published, kCommit) \
  point(segment_dropped, kCommit) \
  point(segment_lost, kCommit) \
  /* descriptors: their sequence, what is filled in, what their word says */ \
  point(sequence_begun, kFill) \
  point(sequence_ended, kCommit) \
  point(sequence_repaired, kCommit) \
  point(strings, kFill) \
  point(offset, kFill) \
  point(length, kFill) \
  point(xid, kFill) \
  point(crc32c, kFill) \
  point(name_bytes, kFill) \
  point(replicas, kFill) \
  point(strings_offset, kFill) \
  point(type_bytes, kFill) \
  point(documentation_bytes, kFill) \
  point(created_ms, kFill) \
  point(insert_crc32c, kFill) \
  point(insert_sealed, kCommit) \
  point(insert_undone, kFill) \
  point(reserved, kCommit) \
  point(reservation_refused, kCommit) \
  point(reservation_crc32c, kFill) \
  point(reservation_sealed, kCommit) \
  point(reservation_aborted, kCommit) \
  point(reservation_orphaned, kCommit) \
  point(writer_died, kCommit) \
  point(exposed, kCommit) \
  point(removed, kCommit) \
  point(freed, kCommit) \
  point(variable_lost, kCommit) \
  /* changes of several words */ \
  point(redo_offset, kFill) \
  point(redo_value, kFill) \
  point(redo_validated, kCommit) \
  point(redo_applied, kCommit) \
  point(redo_cleared, kCommit) \
  point(replay_applied, kCommit) \
  point(replay_cleared, kCommit) \
  /* pins and writers */ \
  point(pin_token, kFill) \
  point(pin_deadline, kFill) \
  point(pin_slot, kFill) \
  point(pin_incarnation, kFill) \
  point(pin_taken, kCommit) \
  point(pin_released, kCommit) \
  point(pin_deadline_renewed, kCommit) \
  point(pin_renewed, kCommit) \
  point(pin_stale, kCommit) \
  point(writer_taken, kCommit) \
  point(writer_released, kCommit)
// clang-format on

enum class StorePoint : uint16_t {
#define FABRIC_POINT(name, kind) name,
  FABRIC_STORE_POINTS(FABRIC_POINT)
#undef FABRIC_POINT
};

struct StorePointInfo {
  const char* name;
  StoreKind kind;
};

inline constexpr StorePointInfo kStorePoints[] = {
#define FABRIC_POINT(name, kind) {#name, StoreKind::kind},
    FABRIC_STORE_POINTS(FABRIC_POINT)
#undef FABRIC_POINT
};

constexpr bool is_commit(StorePoint point) { return kStorePoints[static_cast<size_t>(point)].kind == StoreKind::kCommit; }

}  // namespace fabric
