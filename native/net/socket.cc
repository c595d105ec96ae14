#include "socket.h"

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <cstring>
#include <memory>

#include "../failure.h"

namespace fabric {
namespace {

constexpr int kBacklog = 511;
/// A peer that vanished without a word is noticed within 300 s + 3 * 100 s.
constexpr int kKeepaliveIdleSeconds = 300;
constexpr int kKeepaliveIntervalSeconds = 100;
constexpr int kKeepaliveProbes = 3;

using Addresses = std::unique_ptr<addrinfo, decltype(&freeaddrinfo)>;

/// No name server is asked: it would block the loop.
Addresses resolve(const std::string& host, uint16_t port) {
  const bool local = host == "localhost";
  addrinfo hints{};
  hints.ai_family = local ? AF_INET : AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV | AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(local ? "127.0.0.1" : host.c_str(), std::to_string(port).c_str(), &hints, &found);
  if (error != 0) {
    throw Failure("ERR", "can't listen on '" + host + "': give a numeric IPv4 or IPv6 address, or localhost");
  }
  return Addresses(found, &freeaddrinfo);
}

void set(int fd, int level, int option, int value) {
  if (setsockopt(fd, level, option, &value, sizeof value) != 0) throw system_failure("setsockopt");
}

/// Accepted sockets inherit these from the listening one.
void set_tcp_options(int fd, int family) {
  set(fd, SOL_SOCKET, SO_REUSEADDR, 1);
  if (family == AF_INET6) set(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1);
  set(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  set(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(fd, IPPROTO_TCP, TCP_KEEPIDLE, kKeepaliveIdleSeconds);
  set(fd, IPPROTO_TCP, TCP_KEEPINTVL, kKeepaliveIntervalSeconds);
  set(fd, IPPROTO_TCP, TCP_KEEPCNT, kKeepaliveProbes);
}

FileHandle open_socket(int family) {
  FileHandle fd(socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  if (!fd.valid()) throw system_failure("socket");
  return fd;
}

sockaddr_un unix_address(const std::string& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.empty() || path.size() >= sizeof address.sun_path || path.find('\0') != std::string::npos) {
    throw Failure("ERR", "can't listen on '" + path + "': a unix socket's path has 1 to " +
                             std::to_string(sizeof address.sun_path - 1) + " bytes");
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

/// Makes way for a socket at `path`; throws when somebody still uses it.
void clear_path(const std::string& path, const sockaddr_un& address) {
  struct stat found;
  if (lstat(path.c_str(), &found) != 0) {
    if (errno == ENOENT) return;
    throw system_failure("can't listen on '" + path + "'");
  }
  if (!S_ISSOCK(found.st_mode)) {
    throw Failure("ERR", "can't listen on '" + path + "': it exists and is no socket; remove it or choose another path");
  }
  const FileHandle probe = open_socket(AF_UNIX);
  const int answered = connect(probe.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address);
  // EAGAIN: a server that is alive, with its backlog full.
  if (answered == 0 || errno == EAGAIN) {
    throw Failure("ERR", "can't listen on '" + path + "': another server answers there");
  }
  if (errno != ECONNREFUSED) throw system_failure("can't listen on '" + path + "'");
  if (unlink(path.c_str()) != 0 && errno != ENOENT) throw system_failure("can't replace the stale socket '" + path + "'");
}

}  // namespace

FileHandle listen_tcp(const std::string& host, uint16_t port) {
  const Addresses addresses = resolve(host, port);
  FileHandle fd = open_socket(addresses->ai_family);
  set_tcp_options(fd.get(), addresses->ai_family);
  if (bind(fd.get(), addresses->ai_addr, addresses->ai_addrlen) != 0 || listen(fd.get(), kBacklog) != 0) {
    throw system_failure("can't listen on " + host + " port " + std::to_string(port));
  }
  return fd;
}

FileHandle listen_unix(const std::string& path, uint32_t mode) {
  const sockaddr_un address = unix_address(path);
  clear_path(path, address);
  FileHandle fd = open_socket(AF_UNIX);
  // bind() gives the file the socket's mode less the umask: it is never open to more users than `mode` says.
  if (fchmod(fd.get(), mode) != 0 || bind(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    throw system_failure("can't listen on '" + path + "'");
  }
  if (chmod(path.c_str(), mode) != 0 || listen(fd.get(), kBacklog) != 0) {
    const Failure failure = system_failure("can't listen on '" + path + "'");
    unlink(path.c_str());
    throw failure;
  }
  return fd;
}

uint16_t bound_port(int fd) {
  sockaddr_storage address{};
  socklen_t bytes = sizeof address;
  if (getsockname(fd, reinterpret_cast<sockaddr*>(&address), &bytes) != 0) throw system_failure("getsockname");
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

std::string address_text(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    inet_ntop(AF_INET, &v4.sin_addr, text, sizeof text);
    return std::string(text) + ":" + std::to_string(ntohs(v4.sin_port));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof text);
  return "[" + std::string(text) + "]:" + std::to_string(ntohs(v6.sin6_port));
}

SocketFile socket_file(const std::string& path) {
  struct stat found;
  if (lstat(path.c_str(), &found) != 0) throw system_failure("can't find the socket '" + path + "' just made");
  return {path, found.st_dev, found.st_ino};
}

void unlink_socket_file(const SocketFile& file) noexcept {
  struct stat found;
  if (lstat(file.path.c_str(), &found) != 0) return;
  if (found.st_dev == file.device && found.st_ino == file.inode) unlink(file.path.c_str());
}

}  // namespace fabric
