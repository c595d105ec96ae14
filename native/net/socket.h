#pragma once
#include <sys/socket.h>

#include <cstdint>
#include <string>

#include "../file_handle.h"

namespace fabric {

/// A listening TCP socket on a numeric address or "localhost". Throws Failure with the reason.
FileHandle listen_tcp(const std::string& host, uint16_t port);
/// A listening unix socket. Replaces a stale one; throws Failure where a live server answers or something else lies.
FileHandle listen_unix(const std::string& path, uint32_t mode);
/// The port a TCP socket is bound to.
uint16_t bound_port(int fd);

/// `ip:port`, with brackets around IPv6.
std::string address_text(const sockaddr_storage& address);

/// The file a unix socket is bound to, so that only our own is unlinked.
struct SocketFile {
  std::string path;
  uint64_t device = 0;
  uint64_t inode = 0;
};

SocketFile socket_file(const std::string& path);
void unlink_socket_file(const SocketFile& file) noexcept;

}  // namespace fabric
