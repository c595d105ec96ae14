/// Sends a PING at fixed times over one connection, whether or not the earlier ones have been answered, and times each reply
/// from when its PING was due: a stall is charged for every PING it delays, and for no other.
///
///     pinger port= interval_us=
///
/// Ends when stdin does, and prints one JSON line; microseconds.
#include <poll.h>
#include <sys/prctl.h>

#include "common.h"

using namespace bench;

namespace {

constexpr char kRequest[] = "*1\r\n$4\r\nPING\r\n";
constexpr size_t kReplyBytes = sizeof "+PONG\r\n" - 1;

/// Waits until then, for a reply or for the end of stdin, whatever comes first.
void wait_until(Clock::time_point until, pollfd (&inputs)[2]) {
  const auto left = std::chrono::duration_cast<std::chrono::nanoseconds>(until - Clock::now()).count();
  const timespec timeout{0, std::clamp<int64_t>(left, 0, 999'999'999)};
  if (ppoll(inputs, 2, &timeout, nullptr) < 0 && errno != EINTR) fail_system("poll");
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  const std::chrono::microseconds interval(arguments.number("interval_us"));
  prctl(PR_SET_TIMERSLACK, 1);
  const int fd = connect_to(arguments.number("port"));
  std::vector<float> waits;
  std::printf("ready\n");
  std::fflush(stdout);
  pollfd inputs[] = {{fd, POLLIN, 0}, {STDIN_FILENO, POLLIN, 0}};
  const auto start = Clock::now();
  const auto due = [&](size_t ping) { return start + interval * static_cast<int64_t>(ping); };
  size_t sent = 0;
  uint64_t received_bytes = 0;
  for (bool stopped = false; !stopped || waits.size() < sent;) {
    const auto now = Clock::now();
    for (; !stopped && due(sent) <= now; sent++) send_all(fd, kRequest);
    wait_until(stopped ? now + std::chrono::seconds(1) : due(sent), inputs);
    if (!stopped && inputs[1].revents != 0) {
      stopped = true;
      inputs[1].fd = -1;
    }
    if (inputs[0].revents == 0) continue;
    char replies[4096];
    const ssize_t got = recv(fd, replies, sizeof replies, 0);
    if (got <= 0) fail("the server has closed the connection");
    if (received_bytes % kReplyBytes == 0 && replies[0] != '+') fail("not a PONG: " + std::string(replies, static_cast<size_t>(got)));
    received_bytes += static_cast<uint64_t>(got);
    while (waits.size() < received_bytes / kReplyBytes) {
      waits.push_back(std::chrono::duration<float, std::micro>(Clock::now() - due(waits.size())).count());
    }
  }
  const double longest = waits.empty() ? 0 : *std::max_element(waits.begin(), waits.end());
  std::printf("{\"pings\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f}\n", waits.size(), percentile(waits, 0.5),
              percentile(waits, 0.99), longest);
}
