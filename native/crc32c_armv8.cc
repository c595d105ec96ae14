/** CRC-32C with the ARMv8 CRC extension, eight bytes per instruction. */
#if defined(__aarch64__)

#include <arm_acle.h>
#include <asm/hwcap.h>
#include <sys/auxv.h>

#include <cstring>

#include "crc32c_levels.h"

#define FABRIC_TARGET __attribute__((target("+crc")))
#define FABRIC_INLINE_TARGET __attribute__((target("+crc"), always_inline)) inline

namespace fabric::crc32c_levels {
namespace {

template <bool kCopy>
FABRIC_INLINE_TARGET uint32_t run(uint32_t seed, uint8_t* to, const uint8_t* from, size_t bytes) {
  uint32_t state = ~seed;
  size_t at = 0;
  for (; at + 8 <= bytes; at += 8) {
    uint64_t word;
    memcpy(&word, from + at, sizeof word);
    if constexpr (kCopy) memcpy(to + at, &word, sizeof word);
    state = __crc32cd(state, word);
  }
  for (; at < bytes; at++) {
    uint8_t byte = from[at];
    if constexpr (kCopy) to[at] = byte;
    state = __crc32cb(state, byte);
  }
  return ~state;
}

}  // namespace

bool has_armv8_crc() noexcept { return (getauxval(AT_HWCAP) & HWCAP_CRC32) != 0; }

FABRIC_TARGET uint32_t armv8_crc(uint32_t seed, const void* data, size_t bytes) noexcept {
  return run<false>(seed, nullptr, static_cast<const uint8_t*>(data), bytes);
}

FABRIC_TARGET uint32_t armv8_crc_copy(uint32_t seed, void* to, const void* from, size_t bytes) noexcept {
  return run<true>(seed, static_cast<uint8_t*>(to), static_cast<const uint8_t*>(from), bytes);
}

}  // namespace fabric::crc32c_levels

#endif
