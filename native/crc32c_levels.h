/** What the dispatcher in crc32c.cc picks from; one source file per instruction set. Private to the crc32c files. */
#pragma once

#include "crc32c.h"

namespace fabric::crc32c_levels {

uint32_t portable(uint32_t seed, const void* data, size_t bytes) noexcept;
uint32_t portable_copy(uint32_t seed, void* to, const void* from, size_t bytes) noexcept;

#if defined(__x86_64__)
bool has_sse42() noexcept;
uint32_t sse42(uint32_t seed, const void* data, size_t bytes) noexcept;
uint32_t sse42_copy(uint32_t seed, void* to, const void* from, size_t bytes) noexcept;

bool has_avx512() noexcept;
uint32_t avx512(uint32_t seed, const void* data, size_t bytes) noexcept;
uint32_t avx512_copy(uint32_t seed, void* to, const void* from, size_t bytes) noexcept;
#endif

#if defined(__aarch64__)
bool has_armv8_crc() noexcept;
uint32_t armv8_crc(uint32_t seed, const void* data, size_t bytes) noexcept;
uint32_t armv8_crc_copy(uint32_t seed, void* to, const void* from, size_t bytes) noexcept;
#endif

}  // namespace fabric::crc32c_levels
