/// Drives a RESP server with one fixed request over many connections and only counts reply bytes.
///
///     loader PORT CONNECTIONS PIPELINE SECONDS COMMANDS_MAX REPLY_BYTES REQUEST
///
/// Each connection sends PIPELINE requests in one write, waits for PIPELINE * REPLY_BYTES bytes, and starts over. Ends
/// after SECONDS or COMMANDS_MAX commands, whichever comes first; prints one JSON line. Round trips are in microseconds.
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;

struct Peer {
  int fd = -1;
  size_t awaited = 0;
  Clock::time_point sent;
};

struct Load {
  uint16_t port;
  size_t connections;
  size_t pipeline;
  double seconds;
  uint64_t commands_max;
  size_t reply_bytes;
  std::string batch;
};

[[noreturn]] void fail(const char* what) {
  std::fprintf(stderr, "loader: %s: %s\n", what, std::strerror(errno));
  std::exit(1);
}

int connect_to(uint16_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail("connect");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

void send_batch(Peer& peer, const Load& load) {
  size_t done = 0;
  while (done < load.batch.size()) {
    const ssize_t sent = send(peer.fd, load.batch.data() + done, load.batch.size() - done, MSG_NOSIGNAL);
    if (sent < 0) fail("send");
    done += static_cast<size_t>(sent);
  }
  peer.awaited = load.pipeline * load.reply_bytes;
  peer.sent = Clock::now();
}

double percentile(std::vector<float>& values, double share) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return *at;
}

void run(const Load& load) {
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::vector<Peer> peers(load.connections);
  for (size_t i = 0; i < peers.size(); i++) {
    peers[i].fd = connect_to(load.port);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    epoll_ctl(epoll, EPOLL_CTL_ADD, peers[i].fd, &event);
  }
  static char buffer[1 << 18];
  std::vector<float> round_trips;
  round_trips.reserve(1 << 22);
  const auto start = Clock::now();
  const auto deadline = start + std::chrono::duration<double>(load.seconds);
  uint64_t commands = 0;
  for (Peer& peer : peers) send_batch(peer, load);
  for (auto now = start; now < deadline && commands < load.commands_max; now = Clock::now()) {
    epoll_event events[256];
    const int ready = epoll_wait(epoll, events, 256, 1000);
    for (int i = 0; i < ready; i++) {
      Peer& peer = peers[events[i].data.u64];
      const ssize_t got = recv(peer.fd, buffer, sizeof buffer, 0);
      if (got <= 0) fail("recv");
      if (static_cast<size_t>(got) > peer.awaited) fail("more reply bytes than asked for");
      peer.awaited -= static_cast<size_t>(got);
      if (peer.awaited != 0) continue;
      commands += load.pipeline;
      if (round_trips.size() < round_trips.capacity()) {
        round_trips.push_back(std::chrono::duration<float, std::micro>(Clock::now() - peer.sent).count());
      }
      send_batch(peer, load);
    }
  }
  const double elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  std::printf("{\"commands\":%llu,\"seconds\":%.6f,\"p50_us\":%.1f,\"p99_us\":%.1f}\n",
              static_cast<unsigned long long>(commands), elapsed, percentile(round_trips, 0.5),
              percentile(round_trips, 0.99));
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 8) {
    std::fprintf(stderr, "usage: loader PORT CONNECTIONS PIPELINE SECONDS COMMANDS_MAX REPLY_BYTES REQUEST\n");
    return 2;
  }
  Load load{static_cast<uint16_t>(std::atoi(argv[1])), std::strtoull(argv[2], nullptr, 10),
            std::strtoull(argv[3], nullptr, 10),       std::atof(argv[4]),
            std::strtoull(argv[5], nullptr, 10),       std::strtoull(argv[6], nullptr, 10),
            {}};
  for (size_t i = 0; i < load.pipeline; i++) load.batch += argv[7];
  run(load);
}
