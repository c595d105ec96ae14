/// A bare sink: socket → prefaulted and mapped shared memory. No protocol; one byte acknowledges a message.
///
///     sink bytes= region=
///
/// Listens on a free port of the loopback, which it prints, and takes messages of `bytes` bytes from one connection after another,
/// each to the next place of a region of `region` bytes.
#include "shared_region.h"

using namespace bench;

namespace {

void take_messages(int fd, char* region, uint64_t places, uint64_t bytes) {
  for (uint64_t place = 0;; place = (place + 1) % places) {
    uint64_t done = 0;
    while (done < bytes) {
      const ssize_t got = recv(fd, region + place * bytes + done, bytes - done, 0);
      if (got <= 0) return;
      done += static_cast<uint64_t>(got);
    }
    if (send(fd, "+", 1, MSG_NOSIGNAL) != 1) return;
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  const uint64_t bytes = arguments.number("bytes");
  const uint64_t region_bytes = arguments.number("region");
  char* region = map_shared(open_prefaulted(region_bytes), 0, region_bytes, MAP_POPULATE);
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  if (bind(listener, reinterpret_cast<sockaddr*>(&address), length) != 0 || listen(listener, 1) != 0 ||
      getsockname(listener, reinterpret_cast<sockaddr*>(&address), &length) != 0) {
    fail_system("listen");
  }
  std::printf("%u\n", ntohs(address.sin_port));
  std::fflush(stdout);
  while (true) {
    const int fd = accept4(listener, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd < 0) fail_system("accept");
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    take_messages(fd, region, region_bytes / bytes, bytes);
    close(fd);
  }
}
