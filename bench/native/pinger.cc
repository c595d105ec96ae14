/// Sends a PING at fixed times over one connection, and times the replies from when they were due to be asked for: a server
/// that stalls is charged for every PING it kept from being sent.
///
///     pinger port= interval_us=
///
/// Ends when stdin does, and prints one JSON line; microseconds.
#include <poll.h>
#include <sys/prctl.h>

#include "common.h"

using namespace bench;

namespace {

bool stopped() {
  pollfd input{STDIN_FILENO, POLLIN, 0};
  char byte;
  return poll(&input, 1, 0) > 0 && read(STDIN_FILENO, &byte, 1) == 0;
}

void sleep_until(Clock::time_point due) {
  const auto since_start = due.time_since_epoch();
  const auto whole = std::chrono::duration_cast<std::chrono::seconds>(since_start);
  const timespec at{whole.count(), (since_start - whole).count()};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr) == EINTR) {
  }
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
  for (auto due = Clock::now(); !stopped(); due += interval) {
    sleep_until(due);
    send_all(fd, "*1\r\n$4\r\nPING\r\n");
    receive_reply(fd);
    waits.push_back(std::chrono::duration<float, std::micro>(Clock::now() - due).count());
  }
  const double longest = waits.empty() ? 0 : *std::max_element(waits.begin(), waits.end());
  std::printf("{\"pings\":%zu,\"p50_us\":%.1f,\"p99_us\":%.1f,\"max_us\":%.1f}\n", waits.size(), percentile(waits, 0.5),
              percentile(waits, 0.99), longest);
}
