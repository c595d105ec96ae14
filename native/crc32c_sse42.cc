/**
 * CRC-32C with the x86 `crc32` instruction. Its result is ready after three cycles and one can start in each, so three
 * streams run side by side; a carry-less multiplication shifts the first two over what follows them.
 */
#if defined(__x86_64__)

#include <immintrin.h>

#include <cstring>

#include "crc32c_levels.h"
#include "crc32c_polynomial.h"

#define FABRIC_TARGET __attribute__((target("sse4.2,pclmul")))
#define FABRIC_INLINE_TARGET __attribute__((target("sse4.2,pclmul"), always_inline)) inline

namespace fabric::crc32c_levels {
namespace {

/** Bytes per stream: long ones for throughput, short ones so that small payloads gain too. */
constexpr size_t kLongBytes = 2048;
constexpr size_t kShortBytes = 256;

/**
 * The factor that moves a state over `bytes` bytes. The product of two reflected 32-bit residues stands one bit low in
 * its 64-bit word, and the `crc32` instruction which reduces it multiplies by x^32: together x^33 too much.
 */
constexpr uint32_t shift_factor(size_t bytes) { return crc32c_polynomial::power_of_x(8 * bytes - 33); }

template <bool kCopy>
FABRIC_INLINE_TARGET uint64_t take_word(uint8_t* to, const uint8_t* from, size_t at) {
  uint64_t word;
  memcpy(&word, from + at, sizeof word);
  if constexpr (kCopy) memcpy(to + at, &word, sizeof word);
  return word;
}

FABRIC_INLINE_TARGET uint64_t shift(uint64_t state, uint32_t factor) {
  __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(state)),
                                         _mm_cvtsi64_si128(static_cast<long long>(factor)), 0x00);
  return static_cast<uint64_t>(_mm_cvtsi128_si64(product));
}

/** Three adjacent streams of kBytes; the shifted states of the first two join the last word of the third. */
template <size_t kBytes, bool kCopy>
FABRIC_INLINE_TARGET uint64_t three_streams(uint64_t state, uint8_t* to, const uint8_t* from) {
  uint64_t a = state;
  uint64_t b = 0;
  uint64_t c = 0;
  for (size_t at = 0; at < kBytes - 8; at += 8) {
    a = _mm_crc32_u64(a, take_word<kCopy>(to, from, at));
    b = _mm_crc32_u64(b, take_word<kCopy>(to, from, at + kBytes));
    c = _mm_crc32_u64(c, take_word<kCopy>(to, from, at + 2 * kBytes));
  }
  a = _mm_crc32_u64(a, take_word<kCopy>(to, from, kBytes - 8));
  b = _mm_crc32_u64(b, take_word<kCopy>(to, from, 2 * kBytes - 8));
  uint64_t last = take_word<kCopy>(to, from, 3 * kBytes - 8);
  constexpr uint32_t over_two = shift_factor(2 * kBytes);
  constexpr uint32_t over_one = shift_factor(kBytes);
  return _mm_crc32_u64(c, last ^ shift(a, over_two) ^ shift(b, over_one));
}

template <bool kCopy>
FABRIC_INLINE_TARGET uint32_t run(uint32_t seed, uint8_t* to, const uint8_t* from, size_t bytes) {
  uint64_t state = static_cast<uint32_t>(~seed);
  auto advance = [&](size_t by) {
    if constexpr (kCopy) to += by;
    from += by;
    bytes -= by;
  };
  while (bytes >= 3 * kLongBytes) {
    state = three_streams<kLongBytes, kCopy>(state, to, from);
    advance(3 * kLongBytes);
  }
  while (bytes >= 3 * kShortBytes) {
    state = three_streams<kShortBytes, kCopy>(state, to, from);
    advance(3 * kShortBytes);
  }
  while (bytes >= 8) {
    state = _mm_crc32_u64(state, take_word<kCopy>(to, from, 0));
    advance(8);
  }
  auto narrow = static_cast<uint32_t>(state);
  while (bytes > 0) {
    uint8_t byte = *from;
    if constexpr (kCopy) *to = byte;
    narrow = _mm_crc32_u8(narrow, byte);
    advance(1);
  }
  return ~narrow;
}

}  // namespace

bool has_sse42() noexcept { return __builtin_cpu_supports("sse4.2") && __builtin_cpu_supports("pclmul"); }

FABRIC_TARGET uint32_t sse42(uint32_t seed, const void* data, size_t bytes) noexcept {
  return run<false>(seed, nullptr, static_cast<const uint8_t*>(data), bytes);
}

FABRIC_TARGET uint32_t sse42_copy(uint32_t seed, void* to, const void* from, size_t bytes) noexcept {
  return run<true>(seed, static_cast<uint8_t*>(to), static_cast<const uint8_t*>(from), bytes);
}

}  // namespace fabric::crc32c_levels

#endif
