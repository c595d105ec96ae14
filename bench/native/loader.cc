/// Drives a RESP2 server with many connections and only counts reply bytes.
///
///     loader port= pid= connections= pipeline= seconds= commands= keys= request= (reply_bytes= | lengths=FILE)
///
/// Each connection sends `pipeline` requests for random keys in one write, waits for as many bytes as their replies have,
/// and starts over. Nothing new is sent after `seconds` or `commands`, whichever comes first; what is under way is waited
/// for, so that the CPU time of process `pid` belongs to exactly the commands counted. Prints one JSON line; round trips of
/// a batch in microseconds. `lengths` has a 16-bit reply length for each key: see walker.
#include <sys/epoll.h>

#include <fstream>

#include "common.h"

using namespace bench;

namespace {

struct Peer {
  int fd = -1;
  size_t awaited = 0;
  Clock::time_point sent;
};

/// xorshift64*: the keys must cost the loader next to nothing.
class Random {
 public:
  uint64_t below(uint64_t bound) {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return static_cast<uint64_t>((static_cast<unsigned __int128>(state_ * 0x2545F4914F6CDD1DULL) * bound) >> 64);
  }

 private:
  uint64_t state_ = 0x9E3779B97F4A7C15ULL;
};

class Lengths {
 public:
  Lengths(const Arguments& arguments, uint64_t keys) {
    if (!arguments.has("lengths")) {
      all_ = arguments.number("reply_bytes");
      return;
    }
    each_.resize(keys);
    std::ifstream file(arguments.text("lengths"), std::ios::binary);
    file.read(reinterpret_cast<char*>(each_.data()), static_cast<std::streamsize>(keys * sizeof(uint16_t)));
    if (!file) fail("too few lengths in " + arguments.text("lengths"));
  }

  size_t of(uint64_t key) const { return each_.empty() ? all_ : each_[key]; }

 private:
  size_t all_ = 0;
  std::vector<uint16_t> each_;
};

class Load {
 public:
  explicit Load(const Arguments& arguments)
      : request_(arguments.text("request")),
        pipeline_(arguments.number("pipeline")),
        keys_(arguments.number("keys")),
        lengths_(arguments, keys_),
        batch_(pipeline_ * request_.bytes(), '\0') {}

  void send_batch(Peer& peer) {
    peer.awaited = 0;
    for (size_t i = 0; i < pipeline_; i++) {
      const uint64_t key = random_.below(keys_);
      request_.write(&batch_[i * request_.bytes()], key);
      peer.awaited += lengths_.of(key);
    }
    peer.sent = Clock::now();
    send_all(peer.fd, batch_);
  }

  size_t pipeline() const { return pipeline_; }

 private:
  Template request_;
  size_t pipeline_;
  uint64_t keys_;
  Lengths lengths_;
  Random random_;
  std::string batch_;
};

void run(const Arguments& arguments) {
  Load load(arguments);
  const ProcessClock server(arguments.number("pid"));
  const double seconds_max = std::stod(arguments.text("seconds"));
  const uint64_t commands_max = arguments.number("commands");
  const int epoll = epoll_create1(EPOLL_CLOEXEC);
  std::vector<Peer> peers(arguments.number("connections"));
  for (Peer& peer : peers) {
    peer.fd = connect_to(arguments.number("port"));
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.ptr = &peer;
    epoll_ctl(epoll, EPOLL_CTL_ADD, peer.fd, &event);
  }
  static char buffer[1 << 18];
  std::vector<float> round_trips;
  round_trips.reserve(1 << 22);
  const ProcessClock self(static_cast<uint64_t>(getpid()));
  const double server_before = server.seconds();
  const double self_before = self.seconds();
  const auto start = Clock::now();
  uint64_t commands = 0;
  size_t busy = peers.size();
  for (Peer& peer : peers) load.send_batch(peer);
  while (busy > 0) {
    epoll_event events[256];
    const int ready = epoll_wait(epoll, events, 256, 5000);
    if (ready == 0) fail("no reply for 5 s: the replies are shorter than expected");
    for (int i = 0; i < ready; i++) {
      Peer& peer = *static_cast<Peer*>(events[i].data.ptr);
      const ssize_t got = recv(peer.fd, buffer, sizeof buffer, 0);
      if (got <= 0) fail_system("recv");
      if (static_cast<size_t>(got) > peer.awaited) fail("more reply bytes than expected");
      peer.awaited -= static_cast<size_t>(got);
      if (peer.awaited != 0) continue;
      commands += load.pipeline();
      const auto now = Clock::now();
      if (round_trips.size() < round_trips.capacity()) {
        round_trips.push_back(std::chrono::duration<float, std::micro>(now - peer.sent).count());
      }
      if (commands < commands_max && std::chrono::duration<double>(now - start).count() < seconds_max) {
        load.send_batch(peer);
      } else {
        busy--;
      }
    }
  }
  const double elapsed = seconds_since(start);
  std::printf(
      "{\"commands\":%llu,\"seconds\":%.6f,\"server_cpu_seconds\":%.9f,\"loader_cpu_seconds\":%.9f,\"p50_us\":%.1f,"
      "\"p99_us\":%.1f}\n",
      static_cast<unsigned long long>(commands), elapsed, server.seconds() - server_before,
      self.seconds() - self_before, percentile(round_trips, 0.5), percentile(round_trips, 0.99));
}

}  // namespace

int main(int argc, char** argv) { run(Arguments(argc, argv)); }
