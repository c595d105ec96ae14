/// Sends payloads over one connection, one at a time, and waits for the acknowledgement of each.
///
///     sender port= pid= bytes= count= from= header= trailer= acknowledgement=reply|byte [begin=stdin]
///
/// `header` may hold `########`, which is the number of the payload, counted from `from`. With `begin` it first says `ready`, and
/// waits for the end of stdin. Prints one JSON line: the seconds of all payloads, and the CPU time that process `pid` took.
#include "common.h"

using namespace bench;

namespace {

void wait_for_the_end_of_stdin() {
  std::printf("ready\n");
  std::fflush(stdout);
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  const Template header(arguments.text("header"));
  std::string trailer = arguments.text("trailer");
  const bool reply = arguments.text("acknowledgement") == "reply";
  const uint64_t count = arguments.number("count");
  const uint64_t from = arguments.number("from");
  std::string payload(arguments.number("bytes"), '\0');
  for (size_t i = 0; i < payload.size(); i++) payload[i] = static_cast<char>(i * 2654435761U >> 24);
  const int fd = connect_to(arguments.number("port"));
  if (arguments.has("begin")) wait_for_the_end_of_stdin();
  const ProcessClock server(arguments.number("pid"));
  const double before = server.seconds();
  const auto start = Clock::now();
  for (uint64_t i = 0; i < count; i++) {
    std::string head = header.filled(from + i);
    send_parts(fd, {{head.data(), head.size()}, {payload.data(), payload.size()}, {trailer.data(), trailer.size()}});
    if (reply) {
      receive_reply(fd);
    } else {
      char byte;
      if (recv(fd, &byte, 1, 0) != 1) fail_system("recv");
    }
  }
  std::printf("{\"count\":%llu,\"seconds\":%.9f,\"server_cpu_seconds\":%.9f}\n", static_cast<unsigned long long>(count),
              seconds_since(start), server.seconds() - before);
}
