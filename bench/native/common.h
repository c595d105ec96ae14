/// What the programs of the bench share: arguments, sockets, clocks and the length of a RESP2 reply.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <map>
#include <string>
#include <vector>

namespace bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

[[noreturn]] inline void fail(const std::string& what) {
  std::fprintf(stderr, "%s\n", what.c_str());
  std::exit(1);
}

[[noreturn]] inline void fail_system(const std::string& what) { fail(what + ": " + std::strerror(errno)); }

/// `name=value` words of the command line.
class Arguments {
 public:
  Arguments(int argc, char** argv) {
    for (int i = 1; i < argc; i++) {
      const std::string word = argv[i];
      const size_t at = word.find('=');
      if (at == std::string::npos) fail("not name=value: " + word);
      values_[word.substr(0, at)] = word.substr(at + 1);
    }
  }

  const std::string& text(const std::string& name) const {
    const auto found = values_.find(name);
    if (found == values_.end()) fail("missing: " + name + "=");
    return found->second;
  }
  uint64_t number(const std::string& name) const { return std::strtoull(text(name).c_str(), nullptr, 10); }
  bool has(const std::string& name) const { return values_.contains(name); }

 private:
  std::map<std::string, std::string> values_;
};

/// CPU time of a whole process, ended threads included, in seconds; to be read by another process.
class ProcessClock {
 public:
  explicit ProcessClock(uint64_t pid) {
    if (clock_getcpuclockid(static_cast<pid_t>(pid), &clock_) != 0) fail("no process " + std::to_string(pid));
  }

  double seconds() const {
    timespec now{};
    if (clock_gettime(clock_, &now) != 0) fail_system("the measured process is gone");
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
  }

 private:
  clockid_t clock_{};
};

inline int connect_to(uint64_t port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) fail_system("socket");
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) fail_system("connect");
  const int on = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

inline void send_parts(int fd, std::vector<iovec> parts) {
  size_t at = 0;
  while (at < parts.size()) {
    msghdr message{};
    message.msg_iov = &parts[at];
    message.msg_iovlen = parts.size() - at;
    ssize_t sent = sendmsg(fd, &message, MSG_NOSIGNAL);
    if (sent < 0) fail_system("send");
    while (at < parts.size() && static_cast<size_t>(sent) >= parts[at].iov_len) {
      sent -= static_cast<ssize_t>(parts[at++].iov_len);
    }
    if (at == parts.size()) break;
    parts[at].iov_base = static_cast<char*>(parts[at].iov_base) + sent;
    parts[at].iov_len -= static_cast<size_t>(sent);
  }
}

inline void send_all(int fd, const std::string& bytes) {
  send_parts(fd, {{const_cast<char*>(bytes.data()), bytes.size()}});
}

inline constexpr size_t kIncomplete = 0;

/// Bytes of the RESP2 reply at the front, kIncomplete when its end hasn't come. Errors and nulls end the bench.
inline size_t reply_bytes(const char* data, size_t length) {
  const void* newline = memchr(data, '\n', length);
  if (newline == nullptr) return kIncomplete;
  const size_t line = static_cast<size_t>(static_cast<const char*>(newline) - data) + 1;
  if (data[0] == '-') fail("the server refused: " + std::string(data, line));
  if (data[0] == ':' || data[0] == '+') return line;
  const long count = std::strtol(data + 1, nullptr, 10);
  if (count < 0) fail("the server answered null");
  if (data[0] == '$') {
    const size_t whole = line + static_cast<size_t>(count) + 2;
    return whole <= length ? whole : kIncomplete;
  }
  if (data[0] != '*') fail("not a RESP2 reply: " + std::string(data, line));
  size_t whole = line;
  for (long i = 0; i < count; i++) {
    const size_t item = whole < length ? reply_bytes(data + whole, length - whole) : kIncomplete;
    if (item == kIncomplete) return kIncomplete;
    whole += item;
  }
  return whole;
}

/// Waits for one whole reply.
inline std::string receive_reply(int fd) {
  std::string reply;
  char buffer[4096];
  do {
    const ssize_t got = recv(fd, buffer, sizeof buffer, 0);
    if (got <= 0) fail_system("recv");
    reply.append(buffer, static_cast<size_t>(got));
  } while (reply_bytes(reply.data(), reply.size()) == kIncomplete);
  return reply;
}

/// A request whose `########` is a number with leading zeros, so that all requests have one length.
class Template {
 public:
  static constexpr size_t kDigits = 8;

  explicit Template(const std::string& text) : text_(text) {
    size_t at = text.find(std::string(kDigits, '#'));
    for (; at != std::string::npos; at = text.find(std::string(kDigits, '#'), at + kDigits)) places_.push_back(at);
  }

  size_t bytes() const { return text_.size(); }
  void write(char* to, uint64_t number) const {
    memcpy(to, text_.data(), text_.size());
    for (const size_t place : places_) {
      uint64_t rest = number;
      for (size_t i = kDigits; i-- > 0; rest /= 10) to[place + i] = static_cast<char>('0' + rest % 10);
    }
  }
  std::string filled(uint64_t number) const {
    std::string result = text_;
    write(result.data(), number);
    return result;
  }

 private:
  std::string text_;
  std::vector<size_t> places_;
};

template <typename Value>
double percentile(std::vector<Value>& values, double share) {
  if (values.empty()) return 0;
  const auto at = values.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::nth_element(values.begin(), at, values.end());
  return static_cast<double>(*at);
}

}  // namespace bench
