/**
 * Memory without which the server can't go on, and which another process of the same user can truncate.
 *
 * The catalog is read and written by plain loads and stores; a guard around each would cost more than they do. So a fault in
 * it ends the process, but with a sentence that says why, and at once: nothing is written after it.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace fabric {

class VitalRange {
 public:
  /** While it lives, a SIGBUS in the range writes the sentence to stderr and exits with 1. */
  VitalRange(const void* data, size_t bytes, std::string sentence);
  ~VitalRange();
  VitalRange(const VitalRange&) = delete;
  VitalRange& operator=(const VitalRange&) = delete;

  /** For the signal handler: doesn't return when the address lies in a vital range. */
  static void exit_if_within(const void* address) noexcept;

 private:
  uintptr_t begin_;
  size_t bytes_;
  /** With its line end. */
  std::string sentence_;
};

}  // namespace fabric
