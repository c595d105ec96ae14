/**
 * CRC-32C (Castagnoli, RFC 3720): the checksum of payloads and of records in the catalog.
 *
 * A CRC is the finished (inverted) value; that of no bytes is 0. The kernel is chosen once, by what the CPU offers.
 */
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace fabric {

/** CRC of what `seed` is the CRC of, followed by `bytes` bytes at `data`: crc32c(crc32c(0, a), b) == crc32c(0, ab). */
uint32_t crc32c(uint32_t seed, const void* data, size_t bytes) noexcept;

/**
 * Copies `bytes` bytes and returns the CRC of exactly the bytes written to `to`, even while somebody else changes
 * `from`. The ranges may not overlap.
 */
uint32_t copy_crc32c(uint32_t seed, void* to, const void* from, size_t bytes) noexcept;

/** CRC of the concatenation AB from those of A and B and the length of B in bytes. */
uint32_t crc32c_combine(uint32_t crc_a, uint32_t crc_b, uint64_t bytes_b) noexcept;

/** Name of the kernel in use: `avx512+vpclmul`, `sse4.2+pclmul`, `armv8-crc` or `portable`. */
const char* crc32c_kernel() noexcept;

struct Crc32cKernel {
  const char* name;
  uint32_t (*crc)(uint32_t seed, const void* data, size_t bytes) noexcept;
  uint32_t (*copy_crc)(uint32_t seed, void* to, const void* from, size_t bytes) noexcept;
};

/** Every kernel this CPU can run, the fastest last. */
std::span<const Crc32cKernel> crc32c_kernels() noexcept;

}  // namespace fabric
