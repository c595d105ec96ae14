#pragma once
#include <sys/types.h>

#include <cstdint>
#include <string>

#include "../file_handle.h"

namespace fabric {

/// A fabric's object as a client has opened it. Its size is what it was then; others may own and change it.
struct ClientObject {
  FileHandle file;
  uint64_t inode;
  uint64_t size;
};

/// Opens `/name` in /dev/shm with O_RDONLY or O_RDWR, through no symlink, a regular file. NOTFOUND when absent, NOPERM when
/// not permitted, ERR otherwise.
ClientObject open_client_object(const std::string& name, int flags);

}  // namespace fabric
