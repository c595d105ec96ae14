#pragma once
#include <netdb.h>

#include <cstdint>
#include <memory>
#include <string>

namespace fabric {

struct AddressesFree {
  void operator()(addrinfo* addresses) const { ::freeaddrinfo(addresses); }
};
using Addresses = std::unique_ptr<addrinfo, AddressesFree>;

/// Where a TCP server of that name may be; nullptr when `stop` became readable. A name server may keep its answer for minutes, which nobody can
/// shorten: so a name is looked up on a thread that is left behind when `stop` or the time ends it. REMOTE when there is no answer.
Addresses resolve_tcp(const std::string& host, uint16_t port, int stop, uint64_t timeout_ms);

}  // namespace fabric
