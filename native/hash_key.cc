#include "hash_key.h"

#include <sys/random.h>

#include "failure.h"

namespace fabric {

HashKey random_hash_key() {
  HashKey key;
  if (::getrandom(&key, sizeof key, 0) != sizeof key) throw system_failure("cannot draw random bits");
  return key;
}

}  // namespace fabric
