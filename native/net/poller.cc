#include "poller.h"

namespace fabric {

bool Watch::open(uv_loop_t* loop, int fd, Owner* owner) {
  if (uv_poll_init(loop, &handle_, fd) != 0) return false;
  handle_.data = owner;
  return true;
}

void Watch::want(int events) {
  if (events == wanted_) return;
  wanted_ = events;
  if (events == 0) {
    uv_poll_stop(&handle_);
  } else {
    uv_poll_start(&handle_, events, on_poll);
  }
}

void Watch::close() {
  uv_close(reinterpret_cast<uv_handle_t*>(&handle_),
           [](uv_handle_t* handle) { static_cast<Owner*>(handle->data)->on_watch_closed(); });
}

void Watch::on_poll(uv_poll_t* handle, int status, int events) {
  auto* watch = reinterpret_cast<Watch*>(reinterpret_cast<char*>(handle) - offsetof(Watch, handle_));
  if (status < 0) watch->wanted_ = 0;
  static_cast<Owner*>(handle->data)->on_ready(status < 0 ? 0 : events, status < 0);
}

Poller::Poller(uv_loop_t* loop, Owner* owner) : owner_(owner) {
  uv_check_init(loop, &check_);
  uv_prepare_init(loop, &prepare_);
  uv_idle_init(loop, &idle_);
  uv_timer_init(loop, &timer_);
  adopt(reinterpret_cast<uv_handle_t*>(&check_));
  adopt(reinterpret_cast<uv_handle_t*>(&prepare_));
  adopt(reinterpret_cast<uv_handle_t*>(&idle_));
  adopt(reinterpret_cast<uv_handle_t*>(&timer_));
  uv_check_start(&check_, [](uv_check_t* check) { static_cast<Poller*>(check->data)->owner_->on_polled(); });
  uv_prepare_start(&prepare_,
                   [](uv_prepare_t* prepare) { static_cast<Poller*>(prepare->data)->owner_->on_before_poll(); });
}

/// Only descriptors keep the process alive, never these.
void Poller::adopt(uv_handle_t* handle) {
  handle->data = this;
  uv_unref(handle);
  open_++;
}

void Poller::hurry() {
  uv_idle_start(&idle_, [](uv_idle_t* idle) { uv_idle_stop(idle); });
}

void Poller::tick(bool on) {
  if (on == (uv_is_active(reinterpret_cast<uv_handle_t*>(&timer_)) != 0)) return;
  if (on) {
    uv_timer_start(
        &timer_, [](uv_timer_t* timer) { static_cast<Poller*>(timer->data)->owner_->on_tick(); }, kTickMs, kTickMs);
  } else {
    uv_timer_stop(&timer_);
  }
}

void Poller::close() {
  close(reinterpret_cast<uv_handle_t*>(&check_));
  close(reinterpret_cast<uv_handle_t*>(&prepare_));
  close(reinterpret_cast<uv_handle_t*>(&idle_));
  close(reinterpret_cast<uv_handle_t*>(&timer_));
}

void Poller::close(uv_handle_t* handle) {
  uv_close(handle, [](uv_handle_t* closed) {
    auto* poller = static_cast<Poller*>(closed->data);
    if (--poller->open_ == 0) poller->owner_->on_poller_closed();
  });
}

}  // namespace fabric
