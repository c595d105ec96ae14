#pragma once
#include <cstdint>
#include <string>

#include "../file_handle.h"
#include "poller.h"
#include "socket.h"

namespace fabric {

class Net;

/// A listening socket, TCP or unix.
class Listener final : private Watch::Owner {
 public:
  /// `path` is empty for TCP.
  Listener(Net& net, uint32_t number, FileHandle socket, std::string path);

  uint32_t number() const { return number_; }
  uint16_t port() const;
  /// False when the descriptor can't be polled.
  bool start(uv_loop_t* loop);
  void resume();
  void close();

 private:
  void on_ready(int events, bool failed) override;
  void on_watch_closed() override;
  /// False when nothing more is to be accepted in this turn.
  bool accept_one();

  Net& net_;
  const uint32_t number_;
  FileHandle socket_;
  SocketFile file_;
  Watch watch_;
};

}  // namespace fabric
