#pragma once
#include <uv.h>

namespace fabric {

/// Readiness of one descriptor on the environment's loop.
class Watch {
 public:
  class Owner {
   public:
    /// `events` are uv_poll_event bits. `failed`: the descriptor has an error condition, and watching has stopped.
    virtual void on_ready(int events, bool failed) = 0;
    /// The loop has let go of the watch: its memory may be freed.
    virtual void on_watch_closed() = 0;

   protected:
    ~Owner() = default;
  };

  Watch() = default;
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// False when the descriptor can't be polled; the watch may then be freed at once.
  bool open(uv_loop_t* loop, int fd, Owner* owner);
  /// Watches for these uv_poll_event bits from now on; no system call when nothing changes.
  void want(int events);
  /// Must precede the descriptor's own close.
  void close();

 private:
  static void on_poll(uv_poll_t* handle, int status, int events);

  uv_poll_t handle_;
  int wanted_ = 0;
};

/// Where in each turn of the loop the sockets get their share.
class Poller {
 public:
  class Owner {
   public:
    /// After all descriptors of a turn have reported.
    virtual void on_polled() = 0;
    /// Before the loop may block.
    virtual void on_before_poll() = 0;
    virtual void on_tick() = 0;
    virtual void on_poller_closed() = 0;

   protected:
    ~Owner() = default;
  };

  static constexpr int kTickMs = 100;

  Poller(uv_loop_t* loop, Owner* owner);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;

  uv_loop_t* loop() const { return check_.loop; }
  /// The next poll doesn't block.
  void hurry();
  /// Ticks every kTickMs, or no more.
  void tick(bool on);
  void close();
  bool closed() const { return open_ == 0; }

 private:
  void adopt(uv_handle_t* handle);
  void close(uv_handle_t* handle);

  Owner* owner_;
  uv_check_t check_;
  uv_prepare_t prepare_;
  uv_idle_t idle_;
  uv_timer_t timer_;
  int open_ = 0;
};

}  // namespace fabric
