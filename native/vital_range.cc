#include "vital_range.h"

#include <unistd.h>

#include <array>
#include <atomic>
#include <utility>

#include "guarded_copy.h"

namespace fabric {
namespace {

constexpr int kExitCode = 1;
/** A process has one node; tests have several. Those beyond fault as they would without it. */
constexpr size_t kRangesMax = 64;

std::array<std::atomic<const VitalRange*>, kRangesMax> ranges;

void replace(const VitalRange* from, const VitalRange* to) {
  for (auto& range : ranges) {
    const VitalRange* expected = from;
    if (range.compare_exchange_strong(expected, to)) return;
  }
}

}  // namespace

VitalRange::VitalRange(const void* data, size_t bytes, std::string sentence)
    : begin_(reinterpret_cast<uintptr_t>(data)), bytes_(bytes), sentence_(std::move(sentence) + "\n") {
  install_sigbus_guard();
  replace(nullptr, this);
}

VitalRange::~VitalRange() { replace(this, nullptr); }

void VitalRange::exit_if_within(const void* address) noexcept {
  for (const auto& slot : ranges) {
    const VitalRange* range = slot.load();
    if (range == nullptr) continue;
    if (reinterpret_cast<uintptr_t>(address) - range->begin_ >= range->bytes_) continue;
    // Whether anybody reads it or not, there is nothing left to do.
    [[maybe_unused]] const ssize_t written = write(STDERR_FILENO, range->sentence_.data(), range->sentence_.size());
    _exit(kExitCode);
  }
}

}  // namespace fabric
