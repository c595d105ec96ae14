#include "string_heap.h"

#include <algorithm>
#include <array>
#include <bit>

#include "layout.h"

namespace fabric {

namespace {

using layout::kStringBlockBytes;

/// Cell sizes: steps of 16 up to 128, then four per doubling up to half a block.
constexpr std::array<uint32_t, 40> kCellBytes = {16,   32,   48,   64,   80,   96,   112,  128,  160,  192,  224,   256,   320,   384,
                                                 448,  512,  640,  768,  896,  1024, 1280, 1536, 1792, 2048, 2560,  3072,  3584,  4096,
                                                 5120, 6144, 7168, 8192, 10240, 12288, 14336, 16384, 20480, 24576, 28672, 32768};

uint8_t class_of(uint64_t bytes) {
  return static_cast<uint8_t>(std::lower_bound(kCellBytes.begin(), kCellBytes.end(), bytes) - kCellBytes.begin());
}
bool is_run(uint64_t bytes) { return bytes > kCellBytes.back(); }
uint32_t cells_in(uint8_t size_class) { return static_cast<uint32_t>(kStringBlockBytes / kCellBytes[size_class]); }
uint32_t blocks_for(uint64_t bytes) { return static_cast<uint32_t>((bytes + kStringBlockBytes - 1) / kStringBlockBytes); }

}  // namespace

StringHeap::StringHeap(uint64_t backed_bytes, std::function<uint64_t(uint64_t)> grow)
    : grow_(std::move(grow)), open_(kCellBytes.size()) {
  adopt(backed_bytes);
}

void StringHeap::adopt(uint64_t backed_bytes) {
  const size_t before = blocks_.size();
  blocks_.resize(backed_bytes / kStringBlockBytes);
  // Highest first, so that the lowest is taken first.
  for (size_t i = blocks_.size(); i-- > before;) pool(static_cast<uint32_t>(i));
}

std::optional<uint64_t> StringHeap::allocate(uint64_t bytes) {
  if (!is_run(bytes)) {
    const auto offset = allocate_cell(class_of(bytes));
    if (offset) used_bytes_ += bytes;
    return offset;
  }
  const uint32_t blocks = blocks_for(bytes);
  const auto first = empty_run(blocks);
  if (!first) return std::nullopt;
  for (uint32_t i = *first; i < *first + blocks; ++i) blocks_[i].size_class = kRun;
  used_bytes_ += bytes;
  return uint64_t{*first} * kStringBlockBytes;
}

std::optional<uint32_t> StringHeap::empty_run(uint32_t blocks) {
  for (int attempt = 0; attempt < 2; ++attempt) {
    uint32_t run = 0;
    for (uint32_t i = 0; i < blocks_.size(); ++i) {
      run = blocks_[i].size_class == kEmpty ? run + 1 : 0;
      if (run == blocks) return i + 1 - blocks;
    }
    adopt(grow_(uint64_t{blocks} * kStringBlockBytes));
  }
  return std::nullopt;
}

std::optional<uint64_t> StringHeap::allocate_cell(uint8_t size_class) {
  auto& open = open_[size_class];
  while (open.empty()) {
    while (!empty_.empty() && blocks_[empty_.back()].size_class != kEmpty) {
      blocks_[empty_.back()].pooled = false;
      empty_.pop_back();
    }
    if (empty_.empty()) {
      const size_t before = blocks_.size();
      adopt(grow_(kStringBlockBytes));
      if (blocks_.size() == before) return std::nullopt;
      continue;
    }
    const uint32_t block = empty_.back();
    empty_.pop_back();
    blocks_[block].pooled = false;
    assign(block, size_class);
    list(block);
  }
  const uint32_t index = open.back();
  Block& block = blocks_[index];
  size_t at = 0;
  while (block.cells[at] == ~uint64_t{0}) ++at;
  const auto cell = static_cast<uint32_t>(at * 64 + static_cast<size_t>(std::countr_one(block.cells[at])));
  block.cells[at] |= uint64_t{1} << (cell % 64);
  if (++block.used == cells_in(size_class)) {
    block.listed = false;
    open.pop_back();
  }
  return uint64_t{index} * kStringBlockBytes + uint64_t{cell} * kCellBytes[size_class];
}

void StringHeap::assign(uint32_t index, uint8_t size_class) {
  Block& block = blocks_[index];
  const uint32_t cells = cells_in(size_class);
  block.size_class = size_class;
  block.used = 0;
  block.cells.assign((cells + 63) / 64, 0);
  // Cells beyond the block's end count as taken.
  if (cells % 64 != 0) block.cells.back() = ~uint64_t{0} << (cells % 64);
}

void StringHeap::list(uint32_t index) {
  Block& block = blocks_[index];
  if (block.listed) return;
  block.listed = true;
  open_[block.size_class].push_back(index);
}

void StringHeap::pool(uint32_t index) {
  if (blocks_[index].pooled) return;
  blocks_[index].pooled = true;
  empty_.push_back(index);
}

void StringHeap::release(uint64_t offset, uint64_t bytes) {
  used_bytes_ -= bytes;
  const auto index = static_cast<uint32_t>(offset / kStringBlockBytes);
  if (is_run(bytes)) {
    for (uint32_t i = index; i < index + blocks_for(bytes); ++i) {
      blocks_[i].size_class = kEmpty;
      pool(i);
    }
    return;
  }
  Block& block = blocks_[index];
  const auto cell = static_cast<uint32_t>(offset % kStringBlockBytes / kCellBytes[block.size_class]);
  block.cells[cell / 64] &= ~(uint64_t{1} << (cell % 64));
  --block.used;
  list(index);
  if (block.used == 0) {
    auto& open = open_[block.size_class];
    // The last open block stays, so that one name going to and fro doesn't reassign it each time.
    if (open.size() == 1) return;
    open.erase(std::find(open.begin(), open.end(), index));
    block.listed = false;
    block.size_class = kEmpty;
    block.cells = {};
    pool(index);
  }
}

bool StringHeap::claim(uint64_t offset, uint64_t bytes) {
  if (offset / kStringBlockBytes >= blocks_.size()) return false;
  const auto index = static_cast<uint32_t>(offset / kStringBlockBytes);
  if (is_run(bytes)) {
    const uint32_t blocks = blocks_for(bytes);
    if (offset % kStringBlockBytes != 0 || index + blocks > blocks_.size()) return false;
    for (uint32_t i = index; i < index + blocks; ++i) {
      if (blocks_[i].size_class != kEmpty) return false;
    }
    for (uint32_t i = index; i < index + blocks; ++i) blocks_[i].size_class = kRun;
    used_bytes_ += bytes;
    return true;
  }
  const uint8_t size_class = class_of(bytes);
  Block& block = blocks_[index];
  if (block.size_class == kEmpty) {
    assign(index, size_class);
    list(index);
  }
  const uint64_t within = offset % kStringBlockBytes;
  if (block.size_class != size_class || within % kCellBytes[size_class] != 0) return false;
  const auto cell = static_cast<uint32_t>(within / kCellBytes[size_class]);
  if (cell >= cells_in(size_class)) return false;
  uint64_t& cells = block.cells[cell / 64];
  const uint64_t bit = uint64_t{1} << (cell % 64);
  if (cells & bit) return false;
  cells |= bit;
  ++block.used;
  used_bytes_ += bytes;
  if (block.used == cells_in(size_class)) {
    auto& open = open_[size_class];
    open.erase(std::find(open.begin(), open.end(), index));
    block.listed = false;
  }
  return true;
}

size_t StringHeap::metadata_bytes() const {
  size_t bytes = blocks_.capacity() * sizeof(Block) + empty_.capacity() * sizeof(uint32_t);
  for (const Block& block : blocks_) bytes += block.cells.capacity() * sizeof(uint64_t);
  return bytes;
}

}  // namespace fabric
