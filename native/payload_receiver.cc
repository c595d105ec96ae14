#include "payload_receiver.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>
#include <string_view>

#include "error_codes.h"
#include "guarded_copy.h"
#include "peer_socket.h"

namespace fabric {

namespace {

/// Small enough that a piece is still cached when its checksum is taken.
constexpr uint64_t kPieceBytes = 512 << 10;
/// What is read at least, when that much is to come: each wake-up costs.
constexpr uint64_t kWakeBytes = 128 << 10;
/// The longest line, or short bulk, of an honest peer is far below.
constexpr size_t kBufferBytes = 8 << 10;

/// Text of a peer that may end up in a log or a terminal.
std::string printable(std::string_view text) {
  std::string result(text);
  std::replace_if(result.begin(), result.end(), [](unsigned char c) { return c < 0x20 || c == 0x7f; }, '?');
  return result;
}

[[noreturn]] void fail_as_told(std::string_view told) {
  const size_t space = std::min(told.find(' '), told.size());
  const char* code = error_code(told.substr(0, space));
  if (code == nullptr) throw Failure("ERR", printable(told));
  throw Failure(code, printable(told.substr(std::min(space + 1, told.size()))));
}

class PayloadReceiver {
 public:
  PayloadReceiver(const PayloadSource& source, int stop) : socket_(source.host, source.port, source.silence_ms, stop) {
    socket_.send(source.preamble);
  }

  /// Reads a reply and forgets it, unless it is an error.
  void skip_reply() {
    const std::string_view line = this->line();
    const std::string_view rest = line.substr(1);
    switch (line[0]) {
      case '+':
      case ':':
      case '_':
        return;
      case '-':
        fail_as_told(rest);
      case '$':
        if (rest != "-1") skip_bulk(number(line));
        return;
    }
    throw unexpected(line);
  }

  uint32_t payload(uint8_t* to, uint64_t length) {
    expect_header(length);
    const uint64_t buffered = std::min<uint64_t>(length, end_ - begin_);
    uint32_t crc = 0;
    if (!guarded_copy_crc32c(to, buffer_.data() + begin_, buffered, &crc)) throw truncated_segment();
    begin_ += buffered;
    for (uint64_t done = buffered; done < length;) {
      const uint64_t left = length - done;
      socket_.wait_for_bytes(std::min(kWakeBytes, left));
      size_t got;
      if (!socket_.receive(to + done, std::min(kPieceBytes, left), got)) throw truncated_segment();
      if (got == 0) throw ended(std::to_string(done) + " of " + std::to_string(length) + " bytes of the payload");
      if (!guarded_crc32c(to + done, got, &crc)) throw truncated_segment();
      done += got;
    }
    socket_.wait_for_bytes(1);
    expect_line_end();
    return crc;
  }

 private:
  void expect_header(uint64_t length) {
    const std::string_view line = this->line();
    if (line[0] == '-') fail_as_told(line.substr(1));
    if (line == "$-1" || line == "_") throw Failure("NOTFOUND", socket_.failure("the payload isn't there any more").message());
    if (line[0] != '$') throw unexpected(line);
    const uint64_t offered = number(line);
    if (offered == length) return;
    throw socket_.failure("it sent a payload of " + std::to_string(offered) + " bytes where one of " + std::to_string(length) + " was expected");
  }

  void skip_bulk(uint64_t bytes) {
    if (bytes > kBufferBytes - 2) throw socket_.failure("it sent " + std::to_string(bytes) + " bytes where a short reply was expected");
    while (end_ - begin_ < bytes) fill("the end of a reply");
    begin_ += bytes;
    expect_line_end();
  }

  void expect_line_end() {
    while (end_ - begin_ < 2) fill("the end of a bulk");
    if (buffer_[begin_] != '\r' || buffer_[begin_ + 1] != '\n') throw socket_.failure("its bulk was longer than it said");
    begin_ += 2;
  }

  /// A line without its end, of one byte at least. Valid until more is read.
  std::string_view line() {
    for (size_t looked = begin_;;) {
      const auto* found = static_cast<const uint8_t*>(std::memchr(buffer_.data() + looked, '\n', end_ - looked));
      if (found != nullptr) {
        const std::string_view line(reinterpret_cast<const char*>(buffer_.data()) + begin_, static_cast<size_t>(found - buffer_.data()) - begin_);
        begin_ += line.size() + 1;
        if (line.size() < 2 || line.back() != '\r') throw unexpected(line);
        return line.substr(0, line.size() - 1);
      }
      const size_t got = fill("a reply");
      looked = end_ - got;
    }
  }

  /// Bytes of the buffer that are new; they stand at its end.
  size_t fill(const char* wanted) {
    if (begin_ > 0) {
      std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
      end_ -= begin_;
      begin_ = 0;
    }
    if (end_ == buffer_.size()) throw socket_.failure("it sent a line of more than " + std::to_string(buffer_.size()) + " bytes");
    size_t got = 0;
    socket_.receive(buffer_.data() + end_, buffer_.size() - end_, got);
    if (got == 0) throw ended(wanted);
    end_ += got;
    return got;
  }

  uint64_t number(std::string_view line) const {
    uint64_t value = 0;
    const auto [end, error] = std::from_chars(line.data() + 1, line.data() + line.size(), value);
    if (error != std::errc() || end != line.data() + line.size()) throw unexpected(line);
    return value;
  }

  Failure ended(const std::string& wanted) const { return socket_.failure("it closed the connection before " + wanted); }

  Failure unexpected(std::string_view line) const {
    constexpr size_t kShownBytes = 40;
    return socket_.failure("it isn't a node of the fabric, or of another version: it answered \"" + printable(line.substr(0, kShownBytes)) + "\"");
  }

  PeerSocket socket_;
  /// Read and not yet used are the bytes from `begin_` to `end_`.
  std::array<uint8_t, kBufferBytes> buffer_;
  size_t begin_ = 0;
  size_t end_ = 0;
};

}  // namespace

uint32_t receive_payload(const PayloadSource& source, uint8_t* payload, uint64_t length, int stop) {
  PayloadReceiver receiver(source, stop);
  for (uint32_t i = 0; i < source.replies; ++i) receiver.skip_reply();
  return receiver.payload(payload, length);
}

}  // namespace fabric
