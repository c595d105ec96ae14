#include "peer_socket.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <climits>

#include "resolver.h"

namespace fabric {

PeerSocket::PeerSocket(const std::string& host, uint16_t port, uint64_t silence_ms, int stop)
    : peer_(host + ":" + std::to_string(port)), silence_ms_(silence_ms), stop_(stop) {
  const Addresses addresses = resolve_tcp(host, port, stop, silence_ms);
  if (!addresses) throw shutting_down();
  for (const addrinfo* address = addresses.get(); address != nullptr; address = address->ai_next) {
    if (connect(*address)) return;
  }
  throw failure(std::strerror(errno));
}

bool PeerSocket::connect(const addrinfo& address) {
  socket_ = FileHandle(::socket(address.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
  if (!socket_.valid()) return false;
  const int on = 1;
  ::setsockopt(socket_.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (::connect(socket_.get(), address.ai_addr, address.ai_addrlen) == 0) return true;
  if (errno != EINPROGRESS) return false;
  if (!wait(POLLOUT)) {
    errno = ETIMEDOUT;
    return false;
  }
  int error = 0;
  socklen_t bytes = sizeof error;
  ::getsockopt(socket_.get(), SOL_SOCKET, SO_ERROR, &error, &bytes);
  errno = error;
  return error == 0;
}

bool PeerSocket::wait(short events) {
  pollfd waited[] = {{stop_, POLLIN, 0}, {socket_.get(), events, 0}};
  int ready;
  do {
    ready = ::poll(waited, 2, static_cast<int>(std::min<uint64_t>(silence_ms_, INT_MAX)));
  } while (ready < 0 && errno == EINTR);
  if (ready < 0) throw system_failure("poll");
  if (waited[0].revents != 0) throw shutting_down();
  return ready > 0;
}

Failure PeerSocket::silent() const { return failure("silent for " + std::to_string(silence_ms_) + " ms"); }

void PeerSocket::send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(socket_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent >= 0) {
      bytes.remove_prefix(static_cast<size_t>(sent));
      continue;
    }
    if (errno == EAGAIN) {
      if (!wait(POLLOUT)) throw silent();
      continue;
    }
    // Who closes without reading on may have said why: receiving tells.
    if (errno == EPIPE || errno == ECONNRESET) return;
    if (errno != EINTR) throw failure(std::strerror(errno));
  }
}

bool PeerSocket::receive(uint8_t* to, size_t bytes_max, size_t& received) {
  for (bool waited_long = false;;) {
    const ssize_t got = ::recv(socket_.get(), to, bytes_max, 0);
    if (got >= 0) {
      received = static_cast<size_t>(got);
      return true;
    }
    if (errno == EFAULT) return false;
    if (errno == EAGAIN) {
      // Fewer bytes than were waited for may have come.
      if (waited_long) throw silent();
      waited_long = !wait(POLLIN);
    } else if (errno != EINTR) {
      throw failure(std::strerror(errno));
    }
  }
}

void PeerSocket::wait_for_bytes(size_t bytes) {
  if (bytes == awaited_) return;
  awaited_ = bytes;
  const int value = static_cast<int>(std::min<size_t>(bytes, INT_MAX));
  ::setsockopt(socket_.get(), SOL_SOCKET, SO_RCVLOWAT, &value, sizeof value);
}

}  // namespace fabric
