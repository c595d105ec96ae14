#include "epoch_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "failure.h"
#include "file_handle.h"

namespace fabric {

namespace {

uint64_t read_epoch(const std::string& path) {
  const FileHandle file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) {
    if (errno == ENOENT) return 0;
    throw system_failure("cannot read " + path);
  }
  char text[32] = {};
  const ssize_t got = ::read(file.get(), text, sizeof text - 1);
  char* end = nullptr;
  const uint64_t epoch = got > 0 ? std::strtoull(text, &end, 10) : 0;
  if (got <= 0 || end == text || (*end != '\n' && *end != '\0') || epoch > kEpochMax) {
    throw Failure("ERR", path + " doesn't hold an epoch; write a number into it that is higher than any used before");
  }
  return epoch;
}

}  // namespace

uint64_t raise_epoch(const std::string& directory, uint64_t seen) {
  const std::string path = directory + "/epoch";
  const uint64_t epoch = std::max(read_epoch(path), seen) + 1;
  if (epoch > kEpochMax) throw Failure("FENCED", "the epochs are used up; purge the node and remove " + path);
  const std::string fresh = path + ".new";
  const FileHandle file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600));
  const std::string text = std::to_string(epoch) + "\n";
  if (!file.valid() || ::write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      ::fsync(file.get()) != 0 || ::rename(fresh.c_str(), path.c_str()) != 0) {
    throw system_failure("cannot write " + path);
  }
  const FileHandle folder(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!folder.valid() || ::fsync(folder.get()) != 0) throw system_failure("cannot sync " + directory);
  return epoch;
}

}  // namespace fabric
