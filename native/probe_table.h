#pragma once
/// An open-addressing table that grows a little at every insertion, so that no insertion ever pauses the server.
///
/// Entries lie in the order of their 32-bit hashes, as near as linear probing lets them. While it grows there are two tables:
/// entries go over cluster by cluster, from an empty place on and once around, so that a chain never breaks in two.
#include <sys/mman.h>

#include <cstdint>
#include <new>
#include <utility>

namespace fabric {

/// Zeroed anonymous memory whose pages come when first touched and go one stretch at a time.
template <class Entry>
class ProbeArray {
 public:
  ProbeArray() = default;
  explicit ProbeArray(unsigned bits) : bits_(bits) {
    void* memory = ::mmap(nullptr, capacity() * sizeof(Entry), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED) throw std::bad_alloc();
    entries_ = static_cast<Entry*>(memory);
  }
  ProbeArray(ProbeArray&& other) noexcept { *this = std::move(other); }
  ProbeArray& operator=(ProbeArray&& other) noexcept {
    std::swap(entries_, other.entries_);
    std::swap(bits_, other.bits_);
    return *this;
  }
  ~ProbeArray() {
    if (entries_ != nullptr) ::munmap(entries_, capacity() * sizeof(Entry));
  }

  bool valid() const { return entries_ != nullptr; }
  unsigned bits() const { return bits_; }
  uint64_t capacity() const { return uint64_t{1} << bits_; }
  uint64_t mask() const { return capacity() - 1; }
  uint64_t home(uint32_t hash) const { return hash >> (32 - bits_); }
  Entry& operator[](uint64_t i) const { return entries_[i & mask()]; }
  /// Gives the memory of entries [from, to) back; they read as empty.
  void discard(uint64_t from, uint64_t to) const { ::madvise(entries_ + from, (to - from) * sizeof(Entry), MADV_DONTNEED); }

 private:
  Entry* entries_ = nullptr;
  unsigned bits_ = 0;
};

/// `Policy`: `Entry` (all zero bytes = empty), `bool empty(Entry)`, `uint32_t hash(Entry)`.
template <class Policy>
class ProbeTable {
 public:
  using Entry = typename Policy::Entry;

  explicit ProbeTable(Policy policy) : policy_(policy), table_(kBitsMin) {}

  uint64_t size() const { return size_; }
  size_t bytes() const { return (table_.capacity() + (old_.valid() ? old_.capacity() : 0)) * sizeof(Entry); }

  void prefetch(uint32_t hash) const { __builtin_prefetch(&table_[table_.home(hash)]); }

  /// The entry with that hash for which `match` holds, or nullptr. Valid until the next change.
  template <class Match>
  Entry* find(uint32_t hash, const Match& match) {
    if (Entry* found = find_in(table_, hash, match)) return found;
    return old_.valid() ? find_in(old_, hash, match) : nullptr;
  }

  void insert(Entry entry) {
    if (!old_.valid() && (size_ + 1) * 10 > table_.capacity() * 7) begin_growth();
    if (old_.valid()) migrate(kStepEntries);
    place(entry);
    ++size_;
  }

  /// Takes out the entry that `find` returned.
  void erase(Entry* entry) {
    const bool in_old = old_.valid() && entry >= &old_[0] && entry <= &old_[old_.mask()];
    close_gap(in_old ? old_ : table_, entry);
    --size_;
  }

  /// Visits all entries whose hash lies in the stretch that begins at `from`; returns where the next one begins, 2^32 at the end.
  template <class Visit>
  uint64_t visit(uint64_t from, const Visit& visit) const {
    const ProbeArray<Entry>& coarse = old_.valid() ? old_ : table_;
    const unsigned shift = 32 - coarse.bits();
    const uint64_t to = ((from >> shift) + 1) << shift;
    if (old_.valid()) visit_range(old_, from, to, visit);
    visit_range(table_, from, to, visit);
    return to;
  }

 private:
  static constexpr unsigned kBitsMin = 10;
  static constexpr uint64_t kStepEntries = 16;
  static constexpr uint64_t kDiscardEntries = 64 << 10;

  template <class Match>
  Entry* find_in(const ProbeArray<Entry>& array, uint32_t hash, const Match& match) const {
    for (uint64_t i = array.home(hash);; ++i) {
      Entry& entry = array[i];
      if (policy_.empty(entry)) return nullptr;
      if (match(entry)) return &entry;
    }
  }

  void place(Entry entry) {
    uint64_t i = table_.home(policy_.hash(entry));
    while (!policy_.empty(table_[i])) ++i;
    table_[i] = entry;
  }

  /// Moves later entries of the cluster back over the hole, so that no chain is interrupted.
  void close_gap(const ProbeArray<Entry>& array, Entry* entry) {
    auto hole = static_cast<uint64_t>(entry - &array[0]);
    for (uint64_t i = hole + 1;; ++i) {
      Entry& next = array[i];
      if (policy_.empty(next)) break;
      const uint64_t home = array.home(policy_.hash(next));
      if (((i - home) & array.mask()) >= ((i - hole) & array.mask())) {
        array[hole] = next;
        hole = i;
      }
    }
    array[hole] = Entry{};
  }

  void begin_growth() {
    ProbeArray<Entry> bigger(table_.bits() + 1);
    old_ = std::move(table_);
    table_ = std::move(bigger);
    start_ = 0;
    while (!policy_.empty(old_[start_])) ++start_;
    moved_ = 0;
  }

  void migrate(uint64_t steps) {
    // Stops only at an empty place: what stays behind has its chains whole.
    for (;;) {
      if (moved_ == old_.capacity()) {
        old_ = ProbeArray<Entry>();
        return;
      }
      Entry& entry = old_[start_ + moved_];
      const bool was_empty = policy_.empty(entry);
      if (!was_empty) {
        place(entry);
        entry = Entry{};
      }
      ++moved_;
      const uint64_t position = start_ + moved_;
      if (position % kDiscardEntries == 0 && position <= old_.capacity() && position >= start_ + kDiscardEntries) {
        old_.discard(position - kDiscardEntries, position);
      }
      if (steps > 0) --steps;
      if (steps == 0 && was_empty) return;
    }
  }

  template <class Visit>
  void visit_range(const ProbeArray<Entry>& array, uint64_t from, uint64_t to, const Visit& visit) const {
    const uint64_t last_home = array.home(static_cast<uint32_t>(to - 1));
    for (uint64_t i = array.home(static_cast<uint32_t>(from));; ++i) {
      const Entry& entry = array[i];
      if (policy_.empty(entry)) {
        if (i >= last_home) return;
        continue;
      }
      const uint32_t hash = policy_.hash(entry);
      if (hash >= from && hash < to) visit(entry);
      if (i > last_home + array.mask()) return;
    }
  }

  Policy policy_;
  ProbeArray<Entry> table_;
  ProbeArray<Entry> old_;
  uint64_t start_ = 0;
  uint64_t moved_ = 0;
  uint64_t size_ = 0;
};

}  // namespace fabric
