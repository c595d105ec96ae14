#pragma once
/// Hands out places in the catalog's string region: size classes in 64 KiB blocks, runs of blocks for long ones. Its books
/// are private (less than a bit per 16 bytes) and rebuilt from the descriptors, so nothing of it can be torn by a crash.
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace fabric {

class StringHeap {
 public:
  /// `grow(bytes)` backs more of the region and returns the new backed size, or the old one.
  StringHeap(uint64_t backed_bytes, std::function<uint64_t(uint64_t)> grow);

  std::optional<uint64_t> allocate(uint64_t bytes);
  void release(uint64_t offset, uint64_t bytes);
  /// Takes a place that a descriptor holds; false when it overlaps another or lies outside.
  bool claim(uint64_t offset, uint64_t bytes);

  uint64_t used_bytes() const { return used_bytes_; }
  size_t metadata_bytes() const;

 private:
  static constexpr uint8_t kEmpty = 0xff;
  static constexpr uint8_t kRun = 0xfe;
  struct Block {
    uint8_t size_class = kEmpty;
    bool listed = false;
    /// Stands in `empty_`; a stale mention there (the block was taken by a run) is passed over.
    bool pooled = false;
    uint16_t used = 0;
    std::vector<uint64_t> cells;
  };

  void adopt(uint64_t backed_bytes);
  std::optional<uint32_t> empty_run(uint32_t blocks);
  std::optional<uint64_t> allocate_cell(uint8_t size_class);
  void assign(uint32_t block, uint8_t size_class);
  void list(uint32_t block);
  void pool(uint32_t block);

  std::function<uint64_t(uint64_t)> grow_;
  std::vector<Block> blocks_;
  /// Per class: blocks that may have a free cell.
  std::vector<std::vector<uint32_t>> open_;
  std::vector<uint32_t> empty_;
  uint64_t used_bytes_ = 0;
};

}  // namespace fabric
