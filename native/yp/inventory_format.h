#pragma once
/// An inventory batch: some of the sealed, not hidden variables of one node, for the yellow pages. Little-endian:
///
///   BatchHeader
///   records_bytes of      BatchRecord, and its name unterminated; `records` times
///   node_bytes of         the node's name
///   `segments` times      a byte with the length of a segment's name, and the name
///
/// What is told stands as it was when the batch was written; what changes later follows it as a message of its own.
#include <bit>
#include <cstddef>
#include <cstdint>

namespace fabric::yp {

static_assert(std::endian::native == std::endian::little, "batches are written as they lie in memory");

inline constexpr char kBatchMagic[4] = {'D', 'F', 'I', 'V'};
inline constexpr uint16_t kBatchVersion = 2;
/// So that taking a batch in stays below a millisecond or so.
inline constexpr size_t kBatchBytesMax = 32 << 10;
/// Room for any one record with the names it needs.
inline constexpr size_t kBatchBytesMin = 1024;
/// Extents begin on these.
inline constexpr uint64_t kOffsetUnitBytes = 64;

struct BatchHeader {
  char magic[4];
  uint16_t version;
  uint16_t header_bytes;
  /// Of all that follows this field.
  uint32_t crc32c;
  uint32_t batch_bytes;
  uint32_t records;
  uint32_t records_bytes;
  /// Where the next batch begins; 0: this is the last.
  uint32_t next;
  uint16_t segments;
  uint16_t node_bytes;
};
static_assert(sizeof(BatchHeader) == 32);
inline constexpr size_t kChecksummedFrom = offsetof(BatchHeader, batch_bytes);

struct BatchRecord {
  uint64_t xid;
  uint64_t length;
  uint32_t offset_units;
  uint32_t generation;
  uint32_t crc32c;
  uint16_t segment;
  uint16_t name_bytes : 12;
  /// That are wanted.
  uint16_t replicas : 4;
};
static_assert(sizeof(BatchRecord) == 32);

}  // namespace fabric::yp
