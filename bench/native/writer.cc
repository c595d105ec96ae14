/// Fills shared memory from a private buffer and has it checksummed, through a node or without one.
///
///     writer bytes= rounds= port=     RESERVE, open and map the object, memcpy, unmap, SEAL; then ABORT or DELETE, not timed
///     writer bytes= rounds=           open and map prefaulted shared memory, memcpy, crc32c over it, unmap
///
/// Both map anew each time, with the same flags and nothing populated. One JSON line a round, after a line is read from stdin.
#include "crc32c.h"
#include "shared_region.h"

using namespace bench;

namespace {

constexpr const char* kName = "written";

std::string command(const std::vector<std::string>& words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const auto& word : words) text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  return text;
}

std::string ask(int fd, const std::vector<std::string>& words) {
  send_all(fd, command(words));
  return receive_reply(fd);
}

/// The line after a label of a flat map.
std::string field(const std::string& reply, const std::string& label) {
  const size_t at = reply.find("\r\n" + label + "\r\n");
  if (at == std::string::npos) fail("no " + label + " in the reply");
  const size_t start = at + label.size() + 4;
  return reply.substr(start, reply.find("\r\n", start) - start);
}

std::string bulk_field(const std::string& reply, const std::string& label) {
  const size_t at = reply.find("\r\n" + label + "\r\n") + label.size() + 4;
  const size_t start = reply.find("\r\n", at) + 2;
  return reply.substr(start, reply.find("\r\n", start) - start);
}

struct Times {
  double first = 0;   // RESERVE
  double write = 0;   // open, map, memcpy, unmap
  double checked = 0; // SEAL, or crc32c
};

double lap(Clock::time_point& since) {
  const auto now = Clock::now();
  const double seconds = std::chrono::duration<double>(now - since).count();
  since = now;
  return seconds;
}

Times through_node(int fd, const std::string& source) {
  Times times;
  auto since = Clock::now();
  const std::string reply =
      ask(fd, {"FABRIC.RESERVE", kName, "", "bytes", "LENGTH", std::to_string(source.size())});
  times.first = lap(since);
  const std::string path = "/dev/shm" + bulk_field(reply, "shm");
  const uint64_t offset = std::stoull(field(reply, "offset").substr(1));
  const std::string xid = field(reply, "xid").substr(1);
  const int object = open(path.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW);
  if (object < 0) fail_system(path);
  char* data = map_shared(object, offset, source.size());
  close(object);
  memcpy(data, source.data(), source.size());
  munmap(data, source.size());
  times.write = lap(since);
  ask(fd, {"FABRIC.SEAL", xid});
  times.checked = lap(since);
  ask(fd, {"FABRIC.DELETE", kName});
  return times;
}

Times by_itself(int object, const std::string& source) {
  Times times;
  auto since = Clock::now();
  char* data = map_shared(object, 0, source.size());
  memcpy(data, source.data(), source.size());
  times.write = lap(since);
  const volatile uint32_t checksum = fabric::crc32c(0, reinterpret_cast<const uint8_t*>(data), source.size());
  static_cast<void>(checksum);
  munmap(data, source.size());
  times.checked = lap(since);
  return times;
}

}  // namespace

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  const std::string source(arguments.number("bytes"), 'x');
  const bool node = arguments.has("port");
  const int fd = node ? connect_to(arguments.number("port")) : open_prefaulted(source.size());
  char line[16];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    const Times times = node ? through_node(fd, source) : by_itself(fd, source);
    std::printf("{\"seconds\":%.6f,\"reserve\":%.6f,\"write\":%.6f,\"checksum\":%.6f}\n",
                times.first + times.write + times.checked, times.first, times.write, times.checked);
    std::fflush(stdout);
  }
}
