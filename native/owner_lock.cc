#include "owner_lock.h"

#include <fcntl.h>

#include "failure.h"

namespace fabric {

OwnerLock::OwnerLock(const std::string& path, const std::string& what)
    : file_(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)) {
  if (!file_.valid()) throw system_failure("cannot open the lock file " + path);
  struct flock lock = {};
  lock.l_type = F_WRLCK;
  lock.l_whence = SEEK_SET;
  if (::fcntl(file_.get(), F_OFD_SETLK, &lock) == 0) return;
  if (errno == EAGAIN || errno == EACCES) {
    throw Failure("OWNED", what + " is in use by another running server (it holds " + path +
                               "); stop that one, or give this one another node name");
  }
  throw system_failure("cannot lock " + path);
}

OwnerLock::~OwnerLock() {
  if (!file_.valid()) return;
  struct flock lock = {};
  lock.l_type = F_UNLCK;
  lock.l_whence = SEEK_SET;
  ::fcntl(file_.get(), F_OFD_SETLK, &lock);
}

}  // namespace fabric
