#include "listener.h"

#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "net.h"

namespace fabric {
namespace {

/// A turn's share: a storm of new connections doesn't keep the established ones waiting.
constexpr int kAcceptsMax = 64;

}  // namespace

Listener::Listener(Net& net, uint32_t number, FileHandle socket, std::string path)
    : net_(net), number_(number), socket_(std::move(socket)) {
  if (!path.empty()) file_ = socket_file(path);
}

uint16_t Listener::port() const { return file_.path.empty() ? bound_port(socket_.get()) : 0; }

bool Listener::start(uv_loop_t* loop) {
  if (!watch_.open(loop, socket_.get(), this)) return false;
  watch_.want(UV_READABLE);
  return true;
}

void Listener::resume() { watch_.want(UV_READABLE); }

void Listener::close() {
  watch_.close();
  socket_.reset();
  if (!file_.path.empty()) unlink_socket_file(file_);
}

void Listener::on_ready(int, bool failed) {
  if (failed) return net_.suspend(*this);
  // A callback may close this listener.
  for (int i = 0; i < kAcceptsMax && socket_.valid() && accept_one(); i++) continue;
  net_.events().finish();
}

void Listener::on_watch_closed() { net_.closed(*this); }

bool Listener::accept_one() {
  sockaddr_storage peer{};
  socklen_t bytes = sizeof peer;
  FileHandle accepted(
      accept4(socket_.get(), reinterpret_cast<sockaddr*>(&peer), &bytes, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (accepted.valid()) {
    net_.adopt(std::move(accepted), number_, file_.path.empty() ? address_text(peer) : file_.path);
    return true;
  }
  switch (errno) {
    case EAGAIN:
      return false;
    case EMFILE:
    case ENFILE:
      if (net_.shed(socket_.get())) return true;
      break;
    case ENOBUFS:
    case ENOMEM:
      break;
    default:
      // The peer was gone before it was accepted.
      return true;
  }
  watch_.want(0);
  net_.suspend(*this);
  return false;
}

}  // namespace fabric
