#pragma once
/// The layout of the catalog object `/<prefix>.<node>.catalog`, all little-endian, offsets from its start:
///
///   Header              one page
///   SegmentRecord[]     segments_max
///   RedoRecord          64 KiB
///   PinRecord[]         pins_max
///   Descriptor[]        variables_max
///   strings             string_bytes_max; a variable's name, type and documentation stand together, unterminated
///
/// Every region starts on a page. The object is sparse: only `*_ready` of pins, descriptors and strings are backed by memory.
/// A descriptor is read by others as: read `seq` (even), copy, read `seq` again (unchanged).
#include <cstddef>
#include <cstdint>

namespace fabric::layout {

inline constexpr char kMagic[8] = {'D', 'F', 'A', 'B', 'R', 'I', 'C', '\0'};
inline constexpr uint32_t kVersion = 1;
inline constexpr uint64_t kPageBytes = 4096;
inline constexpr uint64_t kGrowBytes = 1 << 20;
inline constexpr uint64_t kStringBlockBytes = 64 << 10;
inline constexpr uint32_t kNameBytesMax = 512;
inline constexpr uint32_t kNodeNameBytesMax = 32;
/// Copies of a variable, each on another node.
inline constexpr uint32_t kReplicasMax = 8;

struct Header {
  char magic[8];
  uint32_t version;
  uint32_t header_bytes;
  uint64_t catalog_bytes;
  uint64_t segments_max;
  uint64_t pins_max;
  uint64_t variables_max;
  uint64_t string_bytes_max;
  uint64_t segments_offset;
  uint64_t redo_offset;
  uint64_t pins_offset;
  uint64_t variables_offset;
  uint64_t strings_offset;
  uint64_t pins_ready;
  uint64_t variables_ready;
  uint64_t string_bytes_ready;
  uint64_t epoch;
  uint64_t xid_counter;
  uint64_t segment_counter;
  uint64_t complete;
  char node[64];
};
static_assert(sizeof(Header) == 8 + 8 + 17 * 8 + 64);
static_assert(sizeof(Header) <= kPageBytes);

/// `word`: 1 in the low half while live, 0 when free; the number of the segment's name in the high half.
struct SegmentRecord {
  uint64_t word;
  uint64_t bytes;
  uint64_t inode;
  uint64_t reserved;
};
static_assert(sizeof(SegmentRecord) == 32);

struct RedoStore {
  /// Byte offset of an 8-byte word in the catalog.
  uint64_t offset;
  uint64_t value;
};

inline constexpr uint32_t kRedoStoresMax = 4095;

/// `head`: 0 when empty, else the count in the high half and the crc32c of the used stores in the low half.
struct RedoRecord {
  uint64_t head;
  uint64_t reserved;
  RedoStore stores[kRedoStoresMax];
};
static_assert(sizeof(RedoRecord) == 64 << 10);

enum class PinRole : uint8_t { kReader = 1, kWriter = 2 };
enum class OwnerKind : uint8_t { kConnection = 1, kLease = 2, kSlot = 3 };

/// `word`: 0 when free, else role | owner kind << 8 | descriptor index << 32.
struct PinRecord {
  uint64_t word;
  uint64_t token;
  /// Leases: CLOCK_BOOTTIME milliseconds.
  uint64_t deadline_ms;
  uint64_t slot;
  uint64_t slot_incarnation;
  uint64_t reserved;
};
static_assert(sizeof(PinRecord) == 48);

enum class State : uint8_t { kFree = 0, kReserved = 1, kStored = 2, kSealed = 3, kPaged = 4, kRemoved = 5 };

/// Flags of a descriptor.
inline constexpr uint8_t kExposed = 1;  ///< its address has left the server: quarantined before reuse
inline constexpr uint8_t kOwn = 2;      ///< a reservation of the server's own, worthless after a crash
inline constexpr uint8_t kReplace = 4;  ///< a reservation that claims no name and replaces at seal
inline constexpr uint8_t kHidden = 8;   ///< outside listings

/// The word whose store commits: state | flags << 8 | segment index << 16 | generation << 32.
struct Descriptor {
  uint32_t seq;
  uint32_t reserved0;
  uint64_t word;
  uint64_t offset;
  uint64_t length;
  uint64_t xid;
  uint32_t crc32c;
  uint16_t name_bytes;
  /// Copies of it that are wanted, each on another node; 0 as 1.
  uint16_t replicas;
  uint64_t strings;
  uint32_t type_bytes;
  uint32_t documentation_bytes;
  uint64_t created_ms;
  uint64_t reserved[7];
};
static_assert(sizeof(Descriptor) == 128);
static_assert(offsetof(Descriptor, word) == 8 && offsetof(Descriptor, offset) == 16);

/// One slot of `/<prefix>.<node>.slots`: a client process holds an OFD write lock on its first byte.
struct SlotRecord {
  uint64_t incarnation;
  uint64_t reserved[7];
};
static_assert(sizeof(SlotRecord) == 64);

struct Word {
  State state;
  uint8_t flags;
  uint16_t segment;
  uint32_t generation;
};

inline constexpr uint64_t pack(Word w) {
  return static_cast<uint64_t>(w.state) | uint64_t{w.flags} << 8 | uint64_t{w.segment} << 16 | uint64_t{w.generation} << 32;
}
inline constexpr Word unpack(uint64_t word) {
  return {static_cast<State>(word & 0xff), static_cast<uint8_t>(word >> 8), static_cast<uint16_t>(word >> 16),
          static_cast<uint32_t>(word >> 32)};
}

inline constexpr uint64_t page_round(uint64_t bytes) { return (bytes + kPageBytes - 1) & ~(kPageBytes - 1); }

}  // namespace fabric::layout
