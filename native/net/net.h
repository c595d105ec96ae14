#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

#include "../file_handle.h"
#include "connection.h"
#include "listener.h"
#include "net_events.h"
#include "poller.h"

namespace fabric {

class HotPath;

/// When a connection's queued output makes write() return false, and when it has drained.
struct WaterMarks {
  size_t high_bytes;
  size_t low_bytes;
};

/// All sockets of one environment. In each turn of the loop it first takes every ready connection's share of input,
/// then lets the server finish, then sends: one system call to read and one to write per connection and turn.
class Net final : private Poller::Owner {
 public:
  /// The hot path, if there is one, outlives the sockets.
  Net(uv_loop_t* loop, NetEvents& events, WaterMarks water_marks, HotPath* hot_path = nullptr);
  Net(const Net&) = delete;
  Net& operator=(const Net&) = delete;
  ~Net();

  /// These throw Failure and return the listener's number.
  uint32_t listen_tcp(const std::string& host, uint16_t port);
  uint32_t listen_unix(const std::string& path, uint32_t mode);
  uint16_t port(uint32_t listener) const { return listeners_.at(listener)->port(); }
  void close_listener(uint32_t listener);

  /// nullptr once it is closed.
  Connection* find(uint64_t connection) const;
  /// A number for a connection whose socket isn't here: all count together.
  uint64_t claim_number() { return ++connections_made_; }
  /// Closes everything; calls `closed`, from the loop, when it may be destroyed.
  void close(std::function<void()> closed);
  /// No more events: the environment is going.
  void mute() { muted_ = true; }

  // For connections and listeners.
  NetEvents& events() { return events_; }
  const WaterMarks& water_marks() const { return water_marks_; }
  HotPath* hot_path() const { return hot_path_; }
  uv_loop_t* loop() const { return poller_.loop(); }
  std::span<uint8_t> scratch() { return *scratch_; }
  /// Takes the connection over; closes it when it can't be watched.
  void adopt(FileHandle socket, uint32_t listener, const std::string& remote);
  /// It has something to read; its turn comes after all have reported.
  void ready(Connection& connection);
  /// It has something to settle; done before the loop may block.
  void touch(Connection& connection);
  void linger(Connection& connection);
  void forget(const Connection& connection);
  void closed(Connection& connection);
  void closed(Listener& listener);
  /// Descriptors have run out: accepts and closes one connection, so that the listener's backlog doesn't spin.
  bool shed(int listening_fd);
  /// The listener can't accept for lack of resources; it tries again at the next tick.
  void suspend(Listener& listener);

 private:
  /// A turn's share of one connection's ordinary input.
  static constexpr size_t kReadBytesMax = 64 << 10;

  void on_polled() override;
  void on_before_poll() override;
  void on_tick() override;
  void on_poller_closed() override;

  uint32_t add_listener(FileHandle socket, std::string path);
  void read_all();
  void read_bulks(uint64_t deadline_ns);
  void settle();
  void release();

  NetEvents& events_;
  const WaterMarks water_marks_;
  HotPath* const hot_path_;
  Poller poller_;
  std::unique_ptr<std::array<uint8_t, kReadBytesMax>> scratch_;
  /// Given up for a moment to accept, and close, what can't be served.
  FileHandle reserve_;
  std::unordered_map<uint32_t, Listener*> listeners_;
  std::unordered_map<uint64_t, Connection*> connections_;
  uint32_t listeners_made_ = 0;
  uint64_t connections_made_ = 0;
  std::vector<Connection*> ready_;
  std::vector<Connection*> bulks_;
  std::vector<Connection*> dirty_;
  std::vector<Connection*> settling_;
  std::vector<uint64_t> lingering_;
  std::vector<uint32_t> suspended_;
  /// Rotates, so that each bulk is first in its turn.
  size_t first_bulk_ = 0;
  /// Watches the loop hasn't let go of.
  size_t watches_ = 0;
  bool closing_ = false;
  bool muted_ = false;
  std::function<void()> on_closed_;
};

}  // namespace fabric
