#include "payload_receiver.h"

#include <arpa/inet.h>
#include <poll.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <functional>
#include <string>
#include <thread>
#include <vector>

#include "check.h"
#include "clock.h"
#include "crc32c.h"
#include "error_codes.h"
#include "failure.h"
#include "file_handle.h"
#include "guarded_copy.h"
#include "stop_event.h"

using namespace fabric;

namespace {

constexpr uint64_t kSilenceMs = 10'000;
constexpr uint64_t kPromptlyMs = 5'000;
const std::string kPreamble = "*1\r\n$4\r\nPING\r\n";

/// A peer of one connection, which does with it what the test says once the preamble is there.
class Peer {
 public:
  explicit Peer(std::function<void(int)> behave) : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t bytes = sizeof address;
    CHECK_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), bytes), 0);
    CHECK_EQ(::listen(listener_.get(), 1), 0);
    CHECK_EQ(::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &bytes), 0);
    port = ntohs(address.sin_port);
    thread_ = std::thread([this, behave = std::move(behave)] {
      const FileHandle connection(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
      if (!connection.valid()) return;
      std::string got(kPreamble.size(), '\0');
      preamble_came = ::recv(connection.get(), got.data(), got.size(), MSG_WAITALL) == static_cast<ssize_t>(got.size()) && got == kPreamble;
      behave(connection.get());
    });
  }
  ~Peer() {
    // Nobody may have come.
    ::shutdown(listener_.get(), SHUT_RDWR);
    thread_.join();
  }

  uint16_t port;
  std::atomic<bool> preamble_came = false;

 private:
  FileHandle listener_;
  std::thread thread_;
};

void say(int to, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = ::send(to, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
}

/// Until the other side closes.
void await_end(int of) {
  char byte;
  while (::recv(of, &byte, 1, 0) > 0) {
  }
}

std::string pattern(size_t bytes) {
  std::string text(bytes, '\0');
  for (size_t i = 0; i < bytes; ++i) text[i] = static_cast<char>(i * 2654435761U >> 24);
  return text;
}

std::string bulk(std::string_view bytes) { return "$" + std::to_string(bytes.size()) + "\r\n" + std::string(bytes) + "\r\n"; }

struct Outcome {
  std::string code;
  std::string message;
  uint32_t crc = 0;
};

Outcome receive(uint16_t port, uint8_t* to, uint64_t length, uint32_t replies, uint64_t silence_ms, const StopEvent& stop, const std::string& host = "127.0.0.1") {
  try {
    return {"", "", receive_payload({host, port, kPreamble, replies, silence_ms}, to, length, stop.descriptor())};
  } catch (const Failure& failure) {
    return {failure.code(), failure.message()};
  }
}

/// What becomes of a receiver that expects `length` bytes after `replies` replies from a peer that says just this and closes.
Outcome told(const std::string& said, uint64_t length, uint32_t replies = 0) {
  Peer peer([&](int connection) { say(connection, said); });
  std::vector<uint8_t> payload(length + 1);
  const StopEvent stop;
  return receive(peer.port, payload.data(), length, replies, kSilenceMs, stop);
}

bool mentions(const Outcome& outcome, std::string_view words) { return outcome.message.find(words) != std::string::npos; }

}  // namespace

TEST(payload_receiver_takes_a_payload_and_its_checksum) {
  const StopEvent stop;
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{8000}, size_t{8192}, size_t{5'000'003}}) {
    const std::string sent = pattern(bytes);
    Peer peer([&](int connection) {
      say(connection, "+OK\r\n:17\r\n$5\r\na\r\nbc\r\n$-1\r\n_\r\n" + bulk(sent));
      await_end(connection);
    });
    std::vector<uint8_t> payload(bytes + 1, 0xee);
    const Outcome outcome = receive(peer.port, payload.data(), bytes, 5, kSilenceMs, stop);
    CHECK_EQ(outcome.message, "");
    CHECK(peer.preamble_came);
    CHECK_EQ(outcome.crc, crc32c(0, sent.data(), sent.size()));
    CHECK(std::equal(sent.begin(), sent.end(), reinterpret_cast<char*>(payload.data())));
    CHECK_EQ(payload[bytes], 0xee);
  }
}

TEST(payload_receiver_takes_what_comes_in_drops) {
  const std::string reply = "+OK\r\n" + bulk(pattern(100));
  Peer peer([&](int connection) {
    for (const char c : reply) say(connection, {&c, 1});
    await_end(connection);
  });
  std::vector<uint8_t> payload(100);
  const StopEvent stop;
  const Outcome outcome = receive(peer.port, payload.data(), 100, 1, kSilenceMs, stop);
  CHECK_EQ(outcome.message, "");
  CHECK_EQ(outcome.crc, crc32c(0, pattern(100).data(), 100));
}

TEST(payload_receiver_passes_errors_of_the_peer_on) {
  for (const char* code : kErrorCodes) {
    for (const uint32_t replies : {0u, 1u}) {
      const Outcome outcome = told("-" + std::string(code) + " so it is\r\n", 10, replies);
      CHECK_EQ(outcome.code, code);
      CHECK_EQ(outcome.message, "so it is");
    }
  }
  const Outcome other = told("-LOADING a \x1b[2J while\r\n", 10);
  CHECK_EQ(other.code, "ERR");
  CHECK_EQ(other.message, "LOADING a ?[2J while");
  CHECK_EQ(told("-ERR\r\n", 10).message, "");
  CHECK_EQ(told("$-1\r\n", 10).code, "NOTFOUND");
  CHECK_EQ(told("_\r\n", 10).code, "NOTFOUND");
}

TEST(payload_receiver_believes_nothing) {
  const std::string ten = pattern(10);
  const std::pair<std::string, std::string> cases[] = {
      {bulk(pattern(11)), "11 bytes where one of 10"},
      {bulk(pattern(9)), "9 bytes where one of 10"},
      {"$18446744073709551615\r\n" + ten, "18446744073709551615 bytes where"},
      {"$18446744073709551616\r\n" + ten, "isn't a node"},
      {"$-10\r\n" + ten, "isn't a node"},
      {"$ten\r\n" + ten, "isn't a node"},
      {"$\r\n" + ten, "isn't a node"},
      {"$10\n" + ten, "isn't a node"},
      {"\r\n", "isn't a node"},
      {"\n", "isn't a node"},
      {"*1\r\n", "isn't a node"},
      {"+OK\r\n", "isn't a node"},
      {"HTTP/1.1 400 Bad \x1b[2J Request\r\n", "\"HTTP/1.1 400 Bad ?[2J Request\""},
      {std::string(10'000, 'x'), "a line of more than 8192 bytes"},
      {"$10\r\n" + ten + "!\r\n", "longer than it said"},
      {"$10\r\n" + ten, "before the end of a bulk"},
      {"$10\r\n" + ten.substr(0, 4), "before 4 of 10 bytes"},
      {"$10", "before a reply"},
      {"", "before a reply"},
  };
  for (const auto& [said, words] : cases) {
    const Outcome outcome = told(said, 10);
    CHECK_EQ(outcome.code, "REMOTE");
    CHECK_EQ(mentions(outcome, words) ? words : outcome.message, words);
    CHECK(outcome.message.starts_with("127.0.0.1:"));
  }
  CHECK_EQ(told("$8191\r\n", 10, 1).code, "REMOTE");
  CHECK_EQ(told("$3\r\nabcd\r\n", 10, 1).code, "REMOTE");
  CHECK_EQ(told("$-2\r\n", 10, 1).code, "REMOTE");
  CHECK_EQ(told("*0\r\n", 10, 1).code, "REMOTE");
}

TEST(payload_receiver_tells_of_a_peer_that_resets) {
  Peer peer([](int connection) {
    say(connection, "$10\r\nab");
    const linger now = {1, 0};
    ::setsockopt(connection, SOL_SOCKET, SO_LINGER, &now, sizeof now);
  });
  std::vector<uint8_t> payload(10);
  const StopEvent stop;
  CHECK_EQ(receive(peer.port, payload.data(), 10, 0, kSilenceMs, stop).code, "REMOTE");
}

TEST(payload_receiver_gives_a_silent_peer_up) {
  const std::string beginnings[] = {"", "+O", "$1000000\r\n", "$1000000\r\n" + pattern(300'000), "$1000000\r\n" + pattern(1'000'000)};
  for (const std::string& said : beginnings) {
    Peer peer([&](int connection) {
      say(connection, said);
      await_end(connection);
    });
    std::vector<uint8_t> payload(1'000'000);
    const StopEvent stop;
    const uint64_t begun_ms = boottime_ms();
    const Outcome outcome = receive(peer.port, payload.data(), payload.size(), 0, 100, stop);
    CHECK_EQ(outcome.code, "REMOTE");
    CHECK(mentions(outcome, "silent for 100 ms"));
    CHECK(boottime_ms() - begun_ms >= 100);
  }
}

// A slow link brings less in that time than a wait asks for.
TEST(payload_receiver_does_not_call_a_slow_peer_silent) {
  constexpr size_t kBytes = 200'000;
  constexpr int kPauses = 8;
  const std::string sent = pattern(kBytes);
  const StopEvent never;
  Peer peer([&](int connection) {
    say(connection, "$" + std::to_string(kBytes) + "\r\n");
    for (int i = 0; i < kPauses; ++i) {
      pollfd nothing = {never.descriptor(), POLLIN, 0};
      ::poll(&nothing, 1, 250);
      say(connection, sent.substr(static_cast<size_t>(i) * 10, 10));
    }
    say(connection, sent.substr(kPauses * 10) + "\r\n");
    await_end(connection);
  });
  std::vector<uint8_t> payload(kBytes);
  const Outcome outcome = receive(peer.port, payload.data(), kBytes, 0, 1500, never);
  CHECK_EQ(outcome.message, "");
  CHECK_EQ(outcome.crc, crc32c(0, sent.data(), sent.size()));
}

TEST(payload_receiver_says_when_nobody_listens) {
  uint16_t port;
  {
    Peer gone([](int) {});
    port = gone.port;
  }
  std::vector<uint8_t> payload(10);
  const StopEvent stop;
  const Outcome outcome = receive(port, payload.data(), 10, 0, kSilenceMs, stop);
  CHECK_EQ(outcome.code, "REMOTE");
  CHECK_EQ(outcome.message, "127.0.0.1:" + std::to_string(port) + ": Connection refused");
  const Outcome unnamed = receive(port, payload.data(), 10, 0, kSilenceMs, stop, "no such host");
  CHECK_EQ(unnamed.code, "REMOTE");
  CHECK(mentions(unnamed, "no such host:" + std::to_string(port)));
}

TEST(payload_receiver_finds_a_name) {
  Peer peer([](int connection) {
    say(connection, "$2\r\nab\r\n");
    await_end(connection);
  });
  std::vector<uint8_t> payload(2);
  const StopEvent stop;
  CHECK_EQ(receive(peer.port, payload.data(), 2, 0, kSilenceMs, stop, "localhost").message, "");
}

TEST(payload_receiver_ends_at_once_when_it_is_told_to) {
  for (const std::string said : {"", "$1000000\r\nabc"}) {
    StopEvent stop;
    Peer peer([&](int connection) {
      say(connection, said);
      stop.set();
      await_end(connection);
    });
    std::vector<uint8_t> payload(1'000'000);
    const uint64_t begun_ms = boottime_ms();
    const Outcome outcome = receive(peer.port, payload.data(), payload.size(), 0, 60'000, stop);
    CHECK_EQ(outcome.code, "ERR");
    CHECK(mentions(outcome, "shutting down"));
    CHECK(boottime_ms() - begun_ms < kPromptlyMs);
  }
}

TEST(payload_receiver_survives_a_segment_that_is_truncated) {
  install_sigbus_guard();
  constexpr size_t kBytes = 4 << 20;
  const FileHandle object(::memfd_create("payload_receiver_test", MFD_CLOEXEC));
  CHECK_EQ(::ftruncate(object.get(), kBytes), 0);
  auto* payload = static_cast<uint8_t*>(::mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, object.get(), 0));
  CHECK(payload != MAP_FAILED);
  for (const size_t left : {size_t{0}, size_t{1 << 20}}) {
    CHECK_EQ(::ftruncate(object.get(), static_cast<off_t>(left)), 0);
    Peer peer([&](int connection) {
      say(connection, bulk(pattern(kBytes)));
      await_end(connection);
    });
    const StopEvent stop;
    const Outcome outcome = receive(peer.port, payload, kBytes, 0, kSilenceMs, stop);
    CHECK_EQ(outcome.code, "ERR");
    CHECK(mentions(outcome, "truncated by another process"));
  }
  ::munmap(payload, kBytes);
}
