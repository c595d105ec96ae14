#pragma once
#include "siphash.h"

namespace fabric {

/// A key nobody else knows: whoever chooses names can't choose where they fall. ERR when the kernel gives no random bits.
HashKey random_hash_key();

}  // namespace fabric
