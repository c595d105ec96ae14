#include "net.h"

#include <fcntl.h>
#include <sys/socket.h>

#include <utility>

#include "../failure.h"
#include "socket.h"

namespace fabric {
namespace {

/// How long input is taken before replies go out: the wait of the first reply of a large batch.
constexpr uint64_t kBatchNs = 1'000'000;

FileHandle open_reserve() { return FileHandle(open("/dev/null", O_RDONLY | O_CLOEXEC)); }

}  // namespace

Net::Net(uv_loop_t* loop, NetEvents& events, WaterMarks water_marks, HotPath* hot_path)
    : events_(events),
      water_marks_(water_marks),
      hot_path_(hot_path),
      poller_(loop, this),
      scratch_(new std::array<uint8_t, kReadBytesMax>),
      reserve_(open_reserve()) {}

Net::~Net() = default;

uint32_t Net::listen_tcp(const std::string& host, uint16_t port) {
  return add_listener(fabric::listen_tcp(host, port), "");
}

uint32_t Net::listen_unix(const std::string& path, uint32_t mode) {
  return add_listener(fabric::listen_unix(path, mode), path);
}

uint32_t Net::add_listener(FileHandle socket, std::string path) {
  if (closing_) throw Failure("ERR", "can't listen: the sockets are closed");
  auto listener = std::make_unique<Listener>(*this, listeners_made_ + 1, std::move(socket), std::move(path));
  if (!listener->start(loop())) throw Failure("ERR", "can't listen: the socket can't be polled");
  watches_++;
  listeners_made_++;
  listeners_.emplace(listener->number(), listener.get());
  return listener.release()->number();
}

void Net::close_listener(uint32_t number) {
  const auto found = listeners_.find(number);
  if (found == listeners_.end()) return;
  Listener* listener = found->second;
  listeners_.erase(found);
  listener->close();
}

Connection* Net::find(uint64_t number) const {
  const auto found = connections_.find(number);
  return found == connections_.end() ? nullptr : found->second;
}

void Net::close(std::function<void()> closed) {
  if (closing_) return;
  closing_ = true;
  on_closed_ = std::move(closed);
  while (!listeners_.empty()) close_listener(listeners_.begin()->first);
  while (!connections_.empty()) connections_.begin()->second->destroy();
  poller_.close();
}

void Net::adopt(FileHandle socket, uint32_t listener, const std::string& remote) {
  auto connection = std::make_unique<Connection>(*this, connections_made_ + 1, std::move(socket));
  if (!connection->start(loop())) return;
  watches_++;
  connections_made_++;
  const uint64_t number = connection->number();
  connections_.emplace(number, connection.release());
  events_.accept(number, listener, remote);
}

void Net::ready(Connection& connection) {
  if (std::exchange(connection.queued_ready_, true)) return;
  ready_.push_back(&connection);
}

void Net::touch(Connection& connection) {
  if (std::exchange(connection.queued_dirty_, true)) return;
  dirty_.push_back(&connection);
}

void Net::linger(Connection& connection) {
  lingering_.push_back(connection.number());
  poller_.tick(true);
}

void Net::forget(const Connection& connection) { connections_.erase(connection.number()); }

void Net::closed(Connection& connection) {
  const std::unique_ptr<Connection> owned(&connection);
  watches_--;
  if (connection.queued_dirty_) std::erase(dirty_, &connection);
  if (!muted_) {
    events_.closed(connection.number());
    events_.finish();
  }
  release();
}

void Net::closed(Listener& listener) {
  const std::unique_ptr<Listener> owned(&listener);
  watches_--;
  release();
}

bool Net::shed(int listening_fd) {
  reserve_.reset();
  const bool accepted = FileHandle(accept4(listening_fd, nullptr, nullptr, SOCK_CLOEXEC)).valid();
  reserve_ = open_reserve();
  return accepted;
}

void Net::suspend(Listener& listener) {
  suspended_.push_back(listener.number());
  poller_.tick(true);
}

/// Watches and poller are closed independently; whichever goes last releases.
void Net::release() {
  if (closing_ && watches_ == 0 && poller_.closed()) std::exchange(on_closed_, nullptr)();
}

void Net::on_poller_closed() { release(); }

void Net::on_polled() {
  if (!ready_.empty()) read_all();
  settle();
}

void Net::on_before_poll() {
  settle();
  if (!dirty_.empty()) poller_.hurry();
}

void Net::read_all() {
  uint64_t deadline_ns = uv_hrtime() + kBatchNs;
  for (size_t i = 0; i < ready_.size(); i++) {
    Connection& connection = *ready_[i];
    connection.queued_ready_ = false;
    if (connection.sinking()) {
      bulks_.push_back(&connection);
      continue;
    }
    connection.read_turn();
    if (uv_hrtime() < deadline_ns) continue;
    settle();
    deadline_ns = uv_hrtime() + kBatchNs;
  }
  ready_.clear();
  if (!bulks_.empty()) read_bulks(deadline_ns);
}

/// At least one gets its share; the others are reported again as long as their bytes wait.
void Net::read_bulks(uint64_t deadline_ns) {
  const size_t count = bulks_.size();
  first_bulk_++;
  for (size_t i = 0; i < count; i++) {
    Connection& connection = *bulks_[(first_bulk_ + i) % count];
    if (i == 0 || uv_hrtime() < deadline_ns) {
      connection.read_turn();
    } else {
      connection.touch();
    }
  }
  bulks_.clear();
}

/// Sends what the server has written up to the end of its turn. What it writes upon the events in here waits for the next
/// settling.
void Net::settle() {
  events_.finish();
  settling_.swap(dirty_);
  for (Connection* connection : settling_) {
    connection->queued_dirty_ = false;
    connection->settle();
  }
  settling_.clear();
  events_.finish();
}

void Net::on_tick() {
  const uint64_t now_ms = uv_now(loop());
  std::erase_if(lingering_, [&](uint64_t number) {
    Connection* connection = find(number);
    return connection == nullptr || connection->linger_over(now_ms);
  });
  for (const uint32_t number : std::exchange(suspended_, {})) {
    const auto found = listeners_.find(number);
    if (found != listeners_.end()) found->second->resume();
  }
  if (lingering_.empty() && suspended_.empty()) poller_.tick(false);
}

}  // namespace fabric
