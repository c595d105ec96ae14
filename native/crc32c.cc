#include "crc32c.h"

#include <array>
#include <bit>
#include <cstring>

#include "crc32c_levels.h"
#include "crc32c_polynomial.h"

namespace fabric {
namespace crc32c_levels {
namespace {

/** A block stays in the second-level cache between the copy and the CRC. */
constexpr size_t kBlockBytes = 64 << 10;

using Tables = std::array<std::array<uint32_t, 256>, 8>;

/** [k][b]: the remainder of byte b followed by k zero bytes. */
constexpr Tables kTables = [] {
  Tables tables{};
  for (uint32_t byte = 0; byte < 256; byte++) {
    uint32_t remainder = byte;
    for (int bit = 0; bit < 8; bit++) remainder = crc32c_polynomial::times_x(remainder);
    tables[0][byte] = remainder;
  }
  for (size_t k = 1; k < 8; k++) {
    for (size_t byte = 0; byte < 256; byte++) {
      uint32_t former = tables[k - 1][byte];
      tables[k][byte] = (former >> 8) ^ tables[0][former & 0xff];
    }
  }
  return tables;
}();

uint32_t load32(const uint8_t* at) {
  uint32_t word;
  memcpy(&word, at, sizeof word);
  if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap32(word);
  return word;
}

}  // namespace

uint32_t portable(uint32_t seed, const void* data, size_t bytes) noexcept {
  auto at = static_cast<const uint8_t*>(data);
  uint32_t state = ~seed;
  for (; bytes >= 8; bytes -= 8, at += 8) {
    uint32_t low = load32(at) ^ state;
    uint32_t high = load32(at + 4);
    state = kTables[7][low & 0xff] ^ kTables[6][(low >> 8) & 0xff] ^ kTables[5][(low >> 16) & 0xff] ^
            kTables[4][low >> 24] ^ kTables[3][high & 0xff] ^ kTables[2][(high >> 8) & 0xff] ^
            kTables[1][(high >> 16) & 0xff] ^ kTables[0][high >> 24];
  }
  for (; bytes > 0; bytes--, at++) state = (state >> 8) ^ kTables[0][(state ^ *at) & 0xff];
  return ~state;
}

uint32_t portable_copy(uint32_t seed, void* to, const void* from, size_t bytes) noexcept {
  auto target = static_cast<uint8_t*>(to);
  auto source = static_cast<const uint8_t*>(from);
  while (bytes > 0) {
    size_t block = bytes < kBlockBytes ? bytes : kBlockBytes;
    memcpy(target, source, block);
    seed = portable(seed, target, block);
    target += block;
    source += block;
    bytes -= block;
  }
  return seed;
}

}  // namespace crc32c_levels

namespace {

struct Kernels {
  Crc32cKernel list[4];
  size_t count;

  Crc32cKernel best() const { return list[count - 1]; }
};

Kernels detect() noexcept {
  using namespace crc32c_levels;
  Kernels kernels{};
  auto add = [&](Crc32cKernel kernel) { kernels.list[kernels.count++] = kernel; };
  add({"portable", portable, portable_copy});
#if defined(__x86_64__)
  if (has_sse42()) add({"sse4.2+pclmul", sse42, sse42_copy});
  if (has_avx512()) add({"avx512+vpclmul", avx512, avx512_copy});
#elif defined(__aarch64__)
  if (has_armv8_crc()) add({"armv8-crc", armv8_crc, armv8_crc_copy});
#endif
  return kernels;
}

const Kernels& kernels() noexcept {
  static const Kernels detected = detect();
  return detected;
}

const Crc32cKernel& kernel() noexcept {
  static const Crc32cKernel best = kernels().best();
  return best;
}

}  // namespace

uint32_t crc32c(uint32_t seed, const void* data, size_t bytes) noexcept { return kernel().crc(seed, data, bytes); }

uint32_t copy_crc32c(uint32_t seed, void* to, const void* from, size_t bytes) noexcept {
  return kernel().copy_crc(seed, to, from, bytes);
}

uint32_t crc32c_combine(uint32_t crc_a, uint32_t crc_b, uint64_t bytes_b) noexcept {
  using namespace crc32c_polynomial;
  // The bit count of a length may not fit 64 bits: x^(8 n) = (x^n)^8.
  uint32_t shift = power_of_x(bytes_b);
  for (int doubling = 0; doubling < 3; doubling++) shift = multiply(shift, shift);
  return multiply(crc_a, shift) ^ crc_b;
}

const char* crc32c_kernel() noexcept { return kernel().name; }

std::span<const Crc32cKernel> crc32c_kernels() noexcept { return {kernels().list, kernels().count}; }

}  // namespace fabric
