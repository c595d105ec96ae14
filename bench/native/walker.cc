/// Sends one request for each number of a range over one connection, pipelined, and checks each reply.
///
///     walker port= from= to= request= [lengths=FILE]
///
/// Fills a server, or learns how long its replies are: `lengths` is appended the 16-bit length of each reply. Prints one JSON line.
#include <fstream>

#include "common.h"

using namespace bench;

namespace {

constexpr uint64_t kUnderWayMax = 1024;

struct Lengths {
  std::vector<uint16_t> each;
  uint64_t sum = 0;
};

/// Takes whole replies off the front of `received`.
uint64_t take_replies(std::string& received, Lengths& lengths) {
  uint64_t taken = 0;
  size_t at = 0;
  while (at < received.size()) {
    const size_t bytes = reply_bytes(received.data() + at, received.size() - at);
    if (bytes == kIncomplete) break;
    if (bytes > UINT16_MAX) fail("a reply of more than 64 KiB");
    lengths.each.push_back(static_cast<uint16_t>(bytes));
    lengths.sum += bytes;
    at += bytes;
    taken++;
  }
  received.erase(0, at);
  return taken;
}

void run(const Arguments& arguments) {
  const Template request(arguments.text("request"));
  const uint64_t from = arguments.number("from");
  const uint64_t to = arguments.number("to");
  const int fd = connect_to(arguments.number("port"));
  Lengths lengths;
  lengths.each.reserve(to - from);
  std::string received;
  static char buffer[1 << 18];
  const auto start = Clock::now();
  uint64_t sent = from;
  uint64_t done = from;
  while (done < to) {
    // Half a window at a time keeps both sides busy, and neither socket's buffer full.
    if (sent < to && sent - done <= kUnderWayMax / 2) {
      std::string batch;
      for (const uint64_t end = std::min(to, sent + kUnderWayMax / 2); sent < end; sent++) batch += request.filled(sent);
      send_all(fd, batch);
    }
    const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0) fail_system("recv");
    received.append(buffer, static_cast<size_t>(got));
    done += take_replies(received, lengths);
  }
  if (arguments.has("lengths")) {
    std::ofstream file(arguments.text("lengths"), std::ios::binary | std::ios::app);
    file.write(reinterpret_cast<const char*>(lengths.each.data()),
               static_cast<std::streamsize>(lengths.each.size() * sizeof(uint16_t)));
  }
  std::printf("{\"seconds\":%.6f,\"mean_reply_bytes\":%.3f}\n", seconds_since(start),
              to > from ? static_cast<double>(lengths.sum) / static_cast<double>(to - from) : 0);
}

}  // namespace

int main(int argc, char** argv) { run(Arguments(argc, argv)); }
