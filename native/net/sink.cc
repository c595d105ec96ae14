#include "sink.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

#include "../guarded_copy.h"

namespace fabric {
namespace {

/// A turn's share of one bulk: about 0.3 ms of copying and checksumming.
constexpr uint64_t kTurnBytesMax = 1 << 20;

Sink::Progress stopped(ssize_t received) {
  if (received == 0) return Sink::Progress::ended;
  return errno == EAGAIN || errno == EINTR ? Sink::Progress::more : Sink::Progress::broken;
}

}  // namespace

Sink::Sink(PayloadAccess& access, uint32_t entry, uint64_t offset, uint64_t length, uint32_t crc32c)
    : access_(&access), entry_(entry), crc32c_(crc32c), offset_(offset), remaining_(length) {}

Sink::Progress Sink::receive(int fd, std::span<uint8_t> scratch) {
  return access_ != nullptr ? receive_into_memory(fd) : receive_nowhere(fd, scratch);
}

Sink::Progress Sink::receive_into_memory(int fd) {
  const uint64_t share = std::min(remaining_, kTurnBytesMax);
  // Asked for anew each turn: a reservation given up meanwhile is noticed before a byte is written.
  uint8_t* memory = access_->writable(entry_, offset_, share);
  if (memory == nullptr) return fail();
  const ssize_t received = recv(fd, memory, share, MSG_DONTWAIT);
  // Bytes that couldn't be stored are still in the socket's queue.
  if (received < 0 && errno == EFAULT) return fail();
  if (received <= 0) return stopped(received);
  const auto bytes = static_cast<uint64_t>(received);
  offset_ += bytes;
  remaining_ -= bytes;
  if (!guarded_crc32c(memory, bytes, &crc32c_)) return fail();
  return whole() ? Progress::whole : Progress::more;
}

Sink::Progress Sink::receive_nowhere(int fd, std::span<uint8_t> scratch) {
  for (uint64_t share = std::min(remaining_, kTurnBytesMax); share > 0;) {
    const ssize_t received = recv(fd, scratch.data(), std::min<uint64_t>(share, scratch.size()), MSG_DONTWAIT);
    if (received <= 0) return stopped(received);
    share -= static_cast<uint64_t>(received);
    remaining_ -= static_cast<uint64_t>(received);
  }
  return whole() ? Progress::whole : Progress::more;
}

Sink::Progress Sink::fail() {
  access_ = nullptr;
  crc32c_ = 0;
  return Progress::failed;
}

}  // namespace fabric
