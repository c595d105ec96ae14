/**
 * CRC-32C by folding with AVX-512 and VPCLMULQDQ: four registers of 64 bytes hold a remainder of the message so far that
 * is congruent to it; each step multiplies them forward over the next 256 bytes and adds those. In one pass the bytes
 * can be stored to a copy.
 */
#if defined(__x86_64__)

#include <immintrin.h>

#include "crc32c_levels.h"
#include "crc32c_polynomial.h"

#define FABRIC_TARGET __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,vpclmulqdq,sse4.2,pclmul")))
#define FABRIC_INLINE_TARGET \
  __attribute__((target("avx512f,avx512vl,avx512bw,avx512dq,vpclmulqdq,sse4.2,pclmul"), always_inline)) inline

namespace fabric::crc32c_levels {
namespace {

/** Four registers full; below that the `crc32` instruction has to do. */
constexpr size_t kFoldBytesMin = 256;
/** From here on a copy bypasses the caches: to read its target in first, where it rarely is, costs a third of the speed. */
constexpr size_t kStreamBytesMin = 256 << 10;

enum class Store { kNone, kCached, kStreaming };

/**
 * The factors that move a 16-byte lane forward by `bits`. Its low word stands for the higher powers (times x^64); the
 * product of two reflected 64-bit words stands one bit low in the lane, hence one power less.
 */
struct Factors {
  uint64_t low;
  uint64_t high;
};

constexpr Factors factors(uint64_t bits) {
  return {static_cast<uint64_t>(crc32c_polynomial::power_of_x(bits + 63)) << 32,
          static_cast<uint64_t>(crc32c_polynomial::power_of_x(bits - 1)) << 32};
}

constexpr Factors kOver256Bytes = factors(2048);
constexpr Factors kOver64Bytes = factors(512);
constexpr Factors kOver48Bytes = factors(384);
constexpr Factors kOver32Bytes = factors(256);
constexpr Factors kOver16Bytes = factors(128);

FABRIC_INLINE_TARGET __m512i broadcast(Factors factor) {
  return _mm512_set_epi64(static_cast<long long>(factor.high), static_cast<long long>(factor.low),
                          static_cast<long long>(factor.high), static_cast<long long>(factor.low),
                          static_cast<long long>(factor.high), static_cast<long long>(factor.low),
                          static_cast<long long>(factor.high), static_cast<long long>(factor.low));
}

/** `lanes` moved forward by the factors, plus `next`. */
FABRIC_INLINE_TARGET __m512i fold(__m512i lanes, __m512i factor, __m512i next) {
  __m512i low = _mm512_clmulepi64_epi128(lanes, factor, 0x00);
  __m512i high = _mm512_clmulepi64_epi128(lanes, factor, 0x11);
  return _mm512_ternarylogic_epi64(low, high, next, 0x96);
}

template <Store kStore>
FABRIC_INLINE_TARGET __m512i take(uint8_t* to, const uint8_t* from, size_t at) {
  __m512i bytes = _mm512_loadu_si512(from + at);
  if constexpr (kStore == Store::kCached) _mm512_storeu_si512(to + at, bytes);
  if constexpr (kStore == Store::kStreaming) _mm512_stream_si512(reinterpret_cast<__m512i*>(to + at), bytes);
  return bytes;
}

/** The state after the 64 bytes the register stands for: lanes meet in the last one, `crc32` reduces it. */
FABRIC_INLINE_TARGET uint32_t reduce(__m512i lanes) {
  const __m512i to_last_lane =
      _mm512_set_epi64(0, 0, static_cast<long long>(kOver16Bytes.high), static_cast<long long>(kOver16Bytes.low),
                       static_cast<long long>(kOver32Bytes.high), static_cast<long long>(kOver32Bytes.low),
                       static_cast<long long>(kOver48Bytes.high), static_cast<long long>(kOver48Bytes.low));
  const __m512i last_lane_only = _mm512_maskz_mov_epi64(0xc0, lanes);
  alignas(64) uint64_t words[8];
  _mm512_store_si512(words, fold(lanes, to_last_lane, last_lane_only));
  uint64_t low = words[0] ^ words[2] ^ words[4] ^ words[6];
  uint64_t high = words[1] ^ words[3] ^ words[5] ^ words[7];
  return static_cast<uint32_t>(_mm_crc32_u64(_mm_crc32_u64(0, low), high));
}

/** Takes whole 64-byte blocks, at least four of them; `bytes` is a multiple of 64. */
template <Store kStore>
FABRIC_INLINE_TARGET uint32_t fold_blocks(uint32_t state, uint8_t* to, const uint8_t* from, size_t bytes) {
  const __m512i over_256 = broadcast(kOver256Bytes);
  const __m512i over_64 = broadcast(kOver64Bytes);
  __m512i a = take<kStore>(to, from, 0);
  __m512i b = take<kStore>(to, from, 64);
  __m512i c = take<kStore>(to, from, 128);
  __m512i d = take<kStore>(to, from, 192);
  a = _mm512_xor_si512(a, _mm512_zextsi128_si512(_mm_cvtsi32_si128(static_cast<int>(state))));
  size_t at = 256;
  for (; at + 256 <= bytes; at += 256) {
    a = fold(a, over_256, take<kStore>(to, from, at));
    b = fold(b, over_256, take<kStore>(to, from, at + 64));
    c = fold(c, over_256, take<kStore>(to, from, at + 128));
    d = fold(d, over_256, take<kStore>(to, from, at + 192));
  }
  b = fold(a, over_64, b);
  c = fold(b, over_64, c);
  d = fold(c, over_64, d);
  for (; at < bytes; at += 64) d = fold(d, over_64, take<kStore>(to, from, at));
  return reduce(d);
}

}  // namespace

bool has_avx512() noexcept {
  return has_sse42() && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
         __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
         __builtin_cpu_supports("vpclmulqdq");
}

FABRIC_TARGET uint32_t avx512(uint32_t seed, const void* data, size_t bytes) noexcept {
  if (bytes < kFoldBytesMin) return sse42(seed, data, bytes);
  auto from = static_cast<const uint8_t*>(data);
  size_t whole = bytes & ~size_t{63};
  uint32_t crc = ~fold_blocks<Store::kNone>(~seed, nullptr, from, whole);
  return whole == bytes ? crc : sse42(crc, from + whole, bytes - whole);
}

FABRIC_TARGET uint32_t avx512_copy(uint32_t seed, void* to, const void* from, size_t bytes) noexcept {
  if (bytes < kFoldBytesMin + 64) return sse42_copy(seed, to, from, bytes);
  auto target = static_cast<uint8_t*>(to);
  auto source = static_cast<const uint8_t*>(from);
  // Stores that cross cache lines cost twice, and streaming ones must not.
  size_t head = -reinterpret_cast<uintptr_t>(target) & 63;
  uint32_t crc = head == 0 ? seed : sse42_copy(seed, target, source, head);
  target += head;
  source += head;
  size_t whole = (bytes - head) & ~size_t{63};
  if (whole >= kStreamBytesMin) {
    crc = ~fold_blocks<Store::kStreaming>(~crc, target, source, whole);
    _mm_sfence();
  } else {
    crc = ~fold_blocks<Store::kCached>(~crc, target, source, whole);
  }
  return sse42_copy(crc, target + whole, source + whole, bytes - head - whole);
}

}  // namespace fabric::crc32c_levels

#endif
