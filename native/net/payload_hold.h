#pragma once
#include "../payload_access.h"
#include "output_queue.h"

namespace fabric {

/// A held payload, let go once it is sent.
class PayloadHold final : public Hold {
 public:
  PayloadHold(PayloadAccess& access, uint32_t entry) : access_(access), entry_(entry) {}
  ~PayloadHold() override { access_.drop(entry_); }

 private:
  PayloadAccess& access_;
  uint32_t entry_;
};

}  // namespace fabric
