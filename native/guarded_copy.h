/**
 * Touching memory that another process can truncate under us.
 *
 * A same-user client with a writable mapping can shrink a segment's object; the next access beyond its end raises
 * SIGBUS. Inside these functions that is a `false`, anywhere else it stays what it was. What had been copied until then
 * stays copied.
 *
 * A guard costs no system call. It works only on threads that don't block SIGBUS (the kernel kills the process at once
 * if they do), and only for the ranges passed in: faults elsewhere go to the earlier handler.
 */
#pragma once

#include <cstddef>
#include <cstdint>

namespace fabric {

/** Installs the process-wide handler, once; call it before the first guarded access. */
void install_sigbus_guard();

/** memcpy; the ranges may not overlap. False: part of a range is no longer backed. */
bool guarded_copy(void* to, const void* from, size_t bytes) noexcept;

/**
 * The same in one pass with the CRC-32C of the bytes written, which continues `*crc` (0 at the start). On false `*crc`
 * is unchanged.
 */
bool guarded_copy_crc32c(void* to, const void* from, size_t bytes, uint32_t* crc) noexcept;

/** CRC-32C of a range, continuing `*crc`. On false `*crc` is unchanged. */
bool guarded_crc32c(const void* data, size_t bytes, uint32_t* crc) noexcept;

}  // namespace fabric
