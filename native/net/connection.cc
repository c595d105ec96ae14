#include "connection.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "../failure.h"
#include "net.h"

namespace fabric {
namespace {

/// One turn's share of sending, so that many large replies don't keep small ones waiting.
constexpr size_t kSendBytesMax = 256 << 10;
/// Full chunks in one turn. A long pipeline is cut by them in the middle of requests, each of which would otherwise cost the
/// server the handling of all of the next chunk.
constexpr int kRoundsMax = 4;
/// The beginning of a request that is kept for the next round; a longer one is the server's.
constexpr size_t kCarriedBytesMax = 16 << 10;
constexpr size_t kLineEndBytes = 2;
/// How long, and for how many bytes, a peer that is still sending may keep its closed connection: closing with
/// unread input would make the kernel throw away the last replies.
constexpr uint64_t kLingerMs = 1000;
constexpr uint64_t kLingerBytesMax = 64 << 20;

}  // namespace

Connection::Connection(Net& net, uint64_t number, FileHandle socket)
    : net_(net), number_(number), socket_(std::move(socket)) {
  hot_.connection = number;
}

bool Connection::start(uv_loop_t* loop) {
  if (!watch_.open(loop, socket_.get(), this)) return false;
  watch_.want(wanted_events());
  return true;
}

bool Connection::write(const uint8_t* data, size_t bytes) {
  if (state_ != State::open) return true;
  output_.append(data, bytes);
  return accepted_more();
}

bool Connection::write(const uint8_t* data, size_t bytes, std::unique_ptr<Hold> hold) {
  if (state_ != State::open) return true;
  output_.append(data, bytes, std::move(hold));
  return accepted_more();
}

bool Connection::accepted_more() {
  touch();
  if (output_.bytes() <= net_.water_marks().high_bytes) return true;
  above_high_water_ = true;
  return false;
}

void Connection::sink(const Sink& sink) {
  if (sink_) throw Failure("ERR", "a bulk is already on its way in");
  if (state_ != State::open) return;
  sink_ = sink;
  if (sink_->whole()) touch();
}

void Connection::pause() {
  paused_ = true;
  touch();
}

void Connection::resume() {
  paused_ = false;
  touch();
}

void Connection::end() {
  if (state_ != State::open) return;
  state_ = State::ending;
  sink_.reset();
  give_up_bulk();
  touch();
}

void Connection::destroy() {
  if (state_ == State::closed) return;
  state_ = State::closed;
  sink_.reset();
  give_up_bulk();
  output_.clear();
  watch_.close();
  socket_.reset();
  net_.forget(*this);
}

void Connection::touch() {
  if (state_ != State::closed) net_.touch(*this);
}

int Connection::wanted_events() const {
  int events = output_.empty() ? 0 : UV_WRITABLE;
  if (reading() || state_ == State::lingering) {
    events |= UV_READABLE;
  } else if (!ended_told_) {
    events |= UV_DISCONNECT;
  } else if (events == 0 && !urgent_) {
    // Nothing to read or write: urgent data, which nobody sends, stands in so that a hang-up is reported.
    events = UV_PRIORITIZED;
  }
  return events;
}

void Connection::on_ready(int events, bool failed) {
  if ((events & UV_WRITABLE) != 0) {
    blocked_ = false;
    touch();
  }
  if ((events & ~UV_WRITABLE) == 0 && !failed) return;
  failed_ |= failed;
  hung_up_ |= (events & (UV_DISCONNECT | UV_PRIORITIZED)) != 0;
  net_.ready(*this);
}

void Connection::on_watch_closed() { net_.closed(*this); }

void Connection::read_turn() {
  const bool hung_up = std::exchange(hung_up_, false);
  if (state_ == State::closed) return;
  if (state_ == State::lingering) return receive_lingering();
  if (!reading()) return hang_up(hung_up);
  if (sink_) return receive_sink();
  receive();
}

void Connection::receive() {
  const std::span<uint8_t> scratch = net_.scratch();
  // Bytes at the front of the scratch memory: the beginning of a request that the hot path waits for.
  size_t bytes = 0;
  for (int round = 1;; round++) {
    const size_t room = scratch.size() - bytes;
    const ssize_t received = recv(socket_.get(), scratch.data() + bytes, room, MSG_DONTWAIT);
    if (received <= 0) {
      // What ended the stream is met again next time.
      if (bytes > 0) return hand_over(scratch.data(), bytes);
      if (received == 0) return report_end();
      if (failed_ || (errno != EAGAIN && errno != EINTR)) destroy();
      return;
    }
    // An error stopped the watch; what had arrived before it is still served.
    if (failed_) touch();
    received_bytes_ += static_cast<size_t>(received);
    bytes += static_cast<size_t>(received);
    if (line_end_missing_ > 0) {
      bytes = take_line_end(bytes);
      if (bytes == 0 || state_ != State::open) return;
    }
    const HotPath::Answered answered = answer(bytes);
    const uint8_t* rest = scratch.data() + answered.bytes;
    bytes -= answered.bytes;
    if (bytes == 0) return;
    const bool more = static_cast<size_t>(received) == room && round < kRoundsMax && bytes <= kCarriedBytesMax;
    if (!more || !answered.starved) return hand_over(rest, bytes);
    std::memmove(scratch.data(), rest, bytes);
  }
}

HotPath::Answered Connection::answer(size_t bytes) {
  if (net_.hot_path() == nullptr) return {};
  const size_t output_bytes_max = net_.water_marks().high_bytes;
  const auto answered = net_.hot_path()->answer(hot_, net_.scratch().data(), bytes, output_, output_bytes_max);
  if (answered.bytes > 0) {
    hot_.at_ms = uv_now(net_.loop());
    touch();
    report_sealed();
  }
  if (hot_.refused) refuse(*std::exchange(hot_.refused, std::nullopt));
  if (hot_.bulk) {
    bulk_stored_ = true;
    sink_ = net_.hot_path()->sink(*hot_.bulk);
  }
  return answered;
}

size_t Connection::take_line_end(size_t bytes) {
  const std::span<uint8_t> scratch = net_.scratch();
  const size_t part = std::min(bytes, line_end_missing_);
  line_end_missing_ -= part;
  if (line_end_missing_ == 0) complete_bulk();
  std::memmove(scratch.data(), scratch.data() + part, bytes - part);
  return bytes - part;
}

void Connection::complete_bulk() {
  const auto refused = net_.hot_path()->complete(hot_, bulk_crc32c_, bulk_stored_, output_);
  hot_.at_ms = uv_now(net_.loop());
  touch();
  report_sealed();
  if (refused) {
    refuse(*refused);
  } else if (hot_.protocol == 0) {
    net_.events().idle(number_);
  }
}

void Connection::refuse(const Failure& failure) {
  hot_.protocol = 0;
  hot_.command = nullptr;
  net_.events().refused(number_, failure);
}

void Connection::give_up_bulk() {
  line_end_missing_ = 0;
  if (hot_.bulk) net_.hot_path()->abandon(hot_);
}

void Connection::report_sealed() {
  net_.hot_path()->each_sealed([&](const std::string& name) { net_.events().sealed(name); });
}

void Connection::hand_over(const uint8_t* bytes, size_t length) {
  hot_.protocol = 0;
  hot_.command = nullptr;
  net_.events().data(number_, bytes, length);
}

void Connection::receive_sink() {
  const uint64_t missing = sink_->remaining();
  const Sink::Progress progress = sink_->receive(socket_.get(), net_.scratch());
  received_bytes_ += missing - sink_->remaining();
  if (failed_) touch();
  switch (progress) {
    case Sink::Progress::more:
      return;
    case Sink::Progress::whole:
      report_sunk();
      // The line end is there as well, as a rule.
      return line_end_missing_ > 0 ? receive() : void();
    case Sink::Progress::failed:
      if (sink_->whole()) touch();
      if (hot_.bulk) {
        bulk_stored_ = false;
        return;
      }
      return net_.events().sink_failed(number_);
    case Sink::Progress::ended:
      return report_end();
    case Sink::Progress::broken:
      return destroy();
  }
}

void Connection::receive_lingering() {
  const std::span<uint8_t> scratch = net_.scratch();
  const ssize_t received = recv(socket_.get(), scratch.data(), scratch.size(), MSG_DONTWAIT);
  if (received < 0 && !failed_ && (errno == EAGAIN || errno == EINTR)) return;
  if (received <= 0) return destroy();
  lingered_bytes_ += static_cast<uint64_t>(received);
  if (lingered_bytes_ > kLingerBytesMax) return destroy();
  if (failed_) touch();
}

/// The peer went while nothing was read from it.
void Connection::hang_up(bool reported) {
  if (failed_) return destroy();
  if (!reported) return;
  if (!ended_told_) {
    ended_told_ = true;
    touch();
    if (state_ == State::open) net_.events().end(number_);
    return;
  }
  pollfd state{socket_.get(), POLLPRI, 0};
  if (poll(&state, 1, 0) > 0 && (state.revents & (POLLHUP | POLLERR)) != 0) return destroy();
  urgent_ = true;
  touch();
}

void Connection::report_end() {
  ended_read_ = true;
  touch();
  if (ended_told_) return;
  ended_told_ = true;
  net_.events().end(number_);
}

void Connection::report_sunk() {
  const uint32_t crc32c = sink_->crc32c();
  sink_.reset();
  if (!hot_.bulk) return net_.events().sunk(number_, crc32c);
  bulk_crc32c_ = crc32c;
  line_end_missing_ = kLineEndBytes;
}

void Connection::settle() {
  if (state_ == State::closed) return;
  if (sink_ && sink_->whole()) report_sunk();
  if (state_ == State::closed) return;
  if (!output_.empty() && !blocked_) {
    const OutputQueue::Sent sent = output_.send(socket_.get(), kSendBytesMax);
    if (sent == OutputQueue::Sent::broken) return destroy();
    blocked_ = sent == OutputQueue::Sent::blocked;
  }
  if (state_ == State::ending && output_.empty()) stop_sending();
  if (state_ == State::closed) return;
  watch_.want(wanted_events());
  if (above_high_water_ && output_.bytes() <= net_.water_marks().low_bytes) {
    above_high_water_ = false;
    if (state_ == State::open) net_.events().drain(number_);
  }
}

void Connection::stop_sending() {
  if (ended_read_ || shutdown(socket_.get(), SHUT_WR) != 0) return destroy();
  state_ = State::lingering;
  linger_until_ms_ = uv_now(net_.loop()) + kLingerMs;
  net_.linger(*this);
}

bool Connection::linger_over(uint64_t now_ms) {
  if (now_ms < linger_until_ms_) return false;
  destroy();
  return true;
}

}  // namespace fabric
