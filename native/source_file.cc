#include "source_file.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>

#include "failure.h"
#include "file_handle.h"
#include "guarded_copy.h"

namespace fabric {

namespace {

/// Small enough that a chunk is still cached when its checksum is taken.
constexpr uint64_t kChunkBytes = 512 << 10;

int regular(FileHandle file, const std::string& what) {
  struct stat status;
  if (::fstat(file.get(), &status) != 0) throw system_failure("cannot stat " + what);
  if (!S_ISREG(status.st_mode)) throw Failure("ERR", what + " is not a regular file");
  return file.release();
}

}  // namespace

int open_beneath(const std::string& root, const std::string& relative) {
  const FileHandle folder(::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid()) throw system_failure("cannot open the source root " + root);
  struct open_how how = {};
  // Not blocking: a FIFO would wait for a writer.
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS;
  const std::string what = root + "/" + relative;
  FileHandle file(static_cast<int>(::syscall(SYS_openat2, folder.get(), relative.c_str(), &how, sizeof how)));
  if (file.valid()) return regular(std::move(file), what);
  switch (errno) {
    case ELOOP: throw Failure("ERR", what + " goes over a symbolic link; name the file itself");
    case EXDEV: throw Failure("ERR", what + " leads out of the source root");
    case ENOENT: throw Failure("NOTFOUND", "there is no file " + what);
    case ENOSYS: throw Failure("ERR", "FILE needs Linux 5.6 or newer (openat2)");
    default: throw system_failure("cannot open " + what);
  }
}

int open_shm_source(const std::string& name) {
  FileHandle file(::open(("/dev/shm" + name).c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW | O_NOCTTY));
  if (file.valid()) return regular(std::move(file), "/dev/shm" + name);
  if (errno == ENOENT) throw Failure("NOTFOUND", "there is no shared-memory object " + name);
  if (errno == ELOOP) throw Failure("ERR", "/dev/shm" + name + " is a symbolic link; name the object itself");
  throw system_failure("cannot open /dev/shm" + name);
}

uint32_t copy_from_file(int fd, uint64_t offset, uint8_t* to, uint64_t length, const std::atomic<bool>& stopping) {
  uint32_t crc = 0;
  for (uint64_t done = 0; done < length;) {
    if (stopping) throw shutting_down();
    const ssize_t got = ::pread(fd, to + done, std::min(kChunkBytes, length - done), static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && errno == EFAULT) throw truncated_segment();
    if (got < 0) throw system_failure("reading the source failed");
    if (got == 0) {
      throw Failure("ERR", "the source ended after " + std::to_string(done) + " of " + std::to_string(length) +
                               " bytes; it was truncated meanwhile, or the length is wrong");
    }
    if (!guarded_crc32c(to + done, static_cast<size_t>(got), &crc)) {
      throw truncated_segment();
    }
    done += static_cast<uint64_t>(got);
  }
  return crc;
}

}  // namespace fabric
