#include "output_queue.h"

#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace fabric {
namespace {

/// A lone small reply shouldn't cost a large allocation; a long run of them shouldn't cost many.
constexpr size_t kFirstBlockBytes = 1000;
constexpr size_t kBlockBytes = 16 << 10;
constexpr size_t kVectorsMax = 64;
/// Room for pieces kept by an idle connection.
constexpr size_t kIdlePiecesMax = 16;

ssize_t send_vectors(int fd, iovec* vectors, size_t count) {
  constexpr int kFlags = MSG_NOSIGNAL | MSG_DONTWAIT;
  if (count == 1) return ::send(fd, vectors->iov_base, vectors->iov_len, kFlags);
  msghdr message{};
  message.msg_iov = vectors;
  message.msg_iovlen = count;
  return sendmsg(fd, &message, kFlags);
}

}  // namespace

void OutputQueue::append(const uint8_t* data, size_t bytes) {
  while (bytes > 0) {
    if (first_ == pieces_.size() || pieces_.back().room == 0) open_block(bytes);
    Piece& tail = pieces_.back();
    const size_t part = std::min(bytes, tail.room);
    std::memcpy(const_cast<uint8_t*>(tail.data) + tail.bytes, data, part);
    tail.bytes += part;
    tail.room -= part;
    bytes_ += part;
    data += part;
    bytes -= part;
  }
}

uint8_t* OutputQueue::room(size_t bytes) {
  if (first_ == pieces_.size() || pieces_.back().room < bytes) open_block(bytes);
  const Piece& tail = pieces_.back();
  return const_cast<uint8_t*>(tail.data) + tail.bytes;
}

void OutputQueue::grow(size_t bytes) {
  pieces_.back().bytes += bytes;
  pieces_.back().room -= bytes;
  bytes_ += bytes;
}

void OutputQueue::append(const uint8_t* data, size_t bytes, std::unique_ptr<Hold> hold) {
  if (bytes == 0) return;
  pieces_.push_back({data, bytes, std::move(hold), nullptr, 0});
  bytes_ += bytes;
}

void OutputQueue::open_block(size_t bytes_min) {
  const size_t usual = first_ == pieces_.size() ? kFirstBlockBytes : kBlockBytes;
  const size_t room = std::max(usual, std::min(bytes_min, kBlockBytes));
  std::unique_ptr<uint8_t[]> block(new uint8_t[room]);
  const uint8_t* data = block.get();
  pieces_.push_back({data, 0, nullptr, std::move(block), room});
}

OutputQueue::Sent OutputQueue::send(int fd, size_t bytes_max) {
  while (bytes_ > 0) {
    if (bytes_max == 0) return Sent::some;
    iovec vectors[kVectorsMax];
    size_t count = 0;
    size_t offered = 0;
    for (size_t i = first_; i < pieces_.size() && count < kVectorsMax && offered < bytes_max; i++) {
      const size_t part = std::min(pieces_[i].bytes, bytes_max - offered);
      vectors[count++] = {const_cast<uint8_t*>(pieces_[i].data), part};
      offered += part;
    }
    const ssize_t sent = send_vectors(fd, vectors, count);
    if (sent < 0) {
      if (errno == EINTR) continue;
      return errno == EAGAIN ? Sent::blocked : Sent::broken;
    }
    consume(static_cast<size_t>(sent));
    bytes_max -= static_cast<size_t>(sent);
    // A socket that took less than it was offered would only answer EAGAIN, or the fault that cut it short.
    if (static_cast<size_t>(sent) < offered) return Sent::blocked;
  }
  return Sent::all;
}

void OutputQueue::consume(size_t bytes) {
  bytes_ -= bytes;
  while (bytes > 0) {
    Piece& piece = pieces_[first_];
    const size_t part = std::min(bytes, piece.bytes);
    piece.data += part;
    piece.bytes -= part;
    bytes -= part;
    if (piece.bytes > 0) break;
    piece.hold.reset();
    piece.block.reset();
    piece.room = 0;
    first_++;
  }
  if (bytes_ == 0) return clear();
  // Keeps the vector from growing for ever under a reader that is always a little behind.
  if (first_ > pieces_.size() / 2 && first_ > kVectorsMax) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<ptrdiff_t>(first_));
    first_ = 0;
  }
}

void OutputQueue::clear() {
  pieces_.clear();
  if (pieces_.capacity() > kIdlePiecesMax) pieces_.shrink_to_fit();
  first_ = 0;
  bytes_ = 0;
}

}  // namespace fabric
