#pragma once
#include <cstdint>
#include <memory>
#include <optional>

#include "../file_handle.h"
#include "hot_path.h"
#include "output_queue.h"
#include "poller.h"
#include "sink.h"

namespace fabric {

class Net;

/// One client's stream. Calls from the server only change state and `touch`; system calls and events happen in the
/// loop's turns (`read_turn`, `settle`), so an event never arrives inside a call.
class Connection final : private Watch::Owner {
 public:
  Connection(Net& net, uint64_t number, FileHandle socket);

  uint64_t number() const { return number_; }
  /// False when the descriptor can't be polled.
  bool start(uv_loop_t* loop);

  /// True while the output is at or below the high-water mark.
  bool write(const uint8_t* data, size_t bytes);
  bool write(const uint8_t* data, size_t bytes, std::unique_ptr<Hold> hold);
  /// Throws Failure when a bulk is already on its way in.
  void sink(const Sink& sink);
  void pause();
  void resume();
  void end();
  void destroy();
  /// The hot path may answer, in that version of RESP; 0: it may not.
  void set_hot(uint8_t protocol) { hot_.protocol = protocol; }
  const HotState& hot() const { return hot_; }
  /// A bulk of the hot path is on its way in.
  bool busy() const { return hot_.bulk.has_value(); }
  size_t pending() const { return output_.bytes(); }
  /// Bytes taken from the socket so far, bulks included.
  uint64_t received() const { return received_bytes_; }

  bool sinking() const { return sink_.has_value(); }
  /// Takes one turn's share of what has arrived.
  void read_turn();
  /// Sends what is queued and watches for what is wanted next.
  void settle();
  /// `now_ms` is the loop's time. True when the linger is over, and the connection with it.
  bool linger_over(uint64_t now_ms);

 private:
  enum class State {
    open,
    ending,     ///< Sends what is queued, then closes.
    lingering,  ///< Everything is sent; waits for the peer to take it.
    closed,
  };

  friend class Net;

  void on_ready(int events, bool failed) override;
  void on_watch_closed() override;

  bool reading() const { return state_ == State::open && !paused_ && !ended_read_; }
  int wanted_events() const;
  bool accepted_more();
  void touch();
  void receive();
  /// Of the bytes at the front of the scratch memory.
  HotPath::Answered answer(size_t bytes);
  void hand_over(const uint8_t* bytes, size_t length);
  /// Takes the line end of the hot path's bulk from the front of the scratch memory; returns how many bytes are left there.
  size_t take_line_end(size_t bytes);
  void complete_bulk();
  void give_up_bulk();
  /// Leaves the answer to the server.
  void refuse(const Failure& failure);
  void report_sealed();
  void receive_sink();
  void receive_lingering();
  void report_end();
  void report_sunk();
  void hang_up(bool reported);
  void stop_sending();

  Net& net_;
  const uint64_t number_;
  FileHandle socket_;
  Watch watch_;
  OutputQueue output_;
  std::optional<Sink> sink_;
  HotState hot_;
  /// Of the hot path's bulk, once its payload is all there. Any bytes will do.
  size_t line_end_missing_ = 0;
  bool bulk_stored_ = true;
  uint32_t bulk_crc32c_ = 0;
  uint64_t received_bytes_ = 0;
  State state_ = State::open;
  bool paused_ = false;
  /// The stream has been read to its end.
  bool ended_read_ = false;
  /// The server has been told that the peer closed its sending side; while paused that may be ahead of unread bytes.
  bool ended_told_ = false;
  /// The socket took no more; set until it is writable.
  bool blocked_ = false;
  /// write() has returned false and drain hasn't been told since.
  bool above_high_water_ = false;
  /// The descriptor has an error condition.
  bool failed_ = false;
  bool hung_up_ = false;
  /// Urgent data is pending, which nobody reads: watching for a hang-up would only report that.
  bool urgent_ = false;
  bool queued_ready_ = false;
  bool queued_dirty_ = false;
  uint64_t linger_until_ms_ = 0;
  uint64_t lingered_bytes_ = 0;
};

}  // namespace fabric
