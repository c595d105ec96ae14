#pragma once
#include <sys/eventfd.h>

#include "failure.h"
#include "file_handle.h"

namespace fabric {

/// Tells threads that wait in poll() to end: its descriptor becomes readable, and stays so.
class StopEvent {
 public:
  StopEvent() : event_(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
    if (!event_.valid()) throw system_failure("cannot create an eventfd");
  }

  int descriptor() const { return event_.get(); }
  void set() noexcept {
    const uint64_t one = 1;
    // It can't fail: the counter is far from full, and nothing else is wrong with it.
    [[maybe_unused]] const ssize_t written = ::write(event_.get(), &one, sizeof one);
  }

 private:
  FileHandle event_;
};

}  // namespace fabric
