#include "resolver.h"

#include <poll.h>

#include <algorithm>
#include <climits>
#include <system_error>
#include <thread>

#include "failure.h"
#include "stop_event.h"

namespace fabric {

namespace {

struct Lookup {
  std::string host;
  std::string port;
  StopEvent done;
  int error = 0;
  Addresses found;
};

int look_up(Lookup& lookup, int flags) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | flags;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(lookup.host.c_str(), lookup.port.c_str(), &hints, &found);
  if (error == 0) lookup.found.reset(found);
  return error;
}

Failure unresolved(const Lookup& lookup, const std::string& cause) {
  return Failure("REMOTE", "cannot reach " + lookup.host + ":" + lookup.port + ": its address wasn't found (" + cause + ")");
}

}  // namespace

Addresses resolve_tcp(const std::string& host, uint16_t port, int stop, uint64_t timeout_ms) {
  const auto lookup = std::make_shared<Lookup>();
  lookup->host = host;
  lookup->port = std::to_string(port);
  if (look_up(*lookup, AI_NUMERICHOST) == 0) return std::move(lookup->found);
  try {
    std::thread([lookup] {
      lookup->error = look_up(*lookup, AI_ADDRCONFIG);
      lookup->done.set();
    }).detach();
  } catch (const std::system_error& error) {
    throw unresolved(*lookup, error.code().message());
  }
  pollfd waited[] = {{stop, POLLIN, 0}, {lookup->done.descriptor(), POLLIN, 0}};
  int ready;
  do {
    ready = ::poll(waited, 2, static_cast<int>(std::min<uint64_t>(timeout_ms, INT_MAX)));
  } while (ready < 0 && errno == EINTR);
  if (waited[0].revents != 0) return nullptr;
  if (ready <= 0) throw unresolved(*lookup, "no answer within " + std::to_string(timeout_ms) + " ms");
  if (lookup->error != 0) throw unresolved(*lookup, ::gai_strerror(lookup->error));
  return std::move(lookup->found);
}

}  // namespace fabric
