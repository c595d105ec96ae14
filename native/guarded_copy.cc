#include "guarded_copy.h"

#include <dlfcn.h>
#include <setjmp.h>
#include <signal.h>

#include <cstring>
#include <mutex>

#include "crc32c.h"
#include "vital_range.h"

// The handler must not allocate, which the first access to a dynamic TLS block may.
#if defined(__GLIBC__)
#define FABRIC_STATIC_TLS __attribute__((tls_model("initial-exec")))
#else
#define FABRIC_STATIC_TLS
#endif

namespace fabric {
namespace {

struct Range {
  uintptr_t begin;
  size_t bytes;

  bool contains(uintptr_t address) const { return address - begin < bytes; }
};

struct Guard {
  Range ranges[2];
  sigjmp_buf resume;
};

thread_local Guard* volatile active_guard FABRIC_STATIC_TLS = nullptr;

struct sigaction earlier_action;

void pass_on(int signal, siginfo_t* info, void* context) {
  if ((earlier_action.sa_flags & SA_SIGINFO) != 0) return earlier_action.sa_sigaction(signal, info, context);
  bool sent = info->si_code <= 0;
  if (earlier_action.sa_handler == SIG_IGN && sent) return;
  if (earlier_action.sa_handler != SIG_DFL && earlier_action.sa_handler != SIG_IGN) {
    return earlier_action.sa_handler(signal);
  }
  // A fault repeats on return, now with the default action; a sent signal has to be sent again.
  struct sigaction fatal {};
  fatal.sa_handler = SIG_DFL;
  sigaction(SIGBUS, &fatal, nullptr);
  if (sent) raise(SIGBUS);
}

void on_sigbus(int signal, siginfo_t* info, void* context) {
  Guard* guard = active_guard;
  if (guard != nullptr && info->si_code > 0) {
    auto address = reinterpret_cast<uintptr_t>(info->si_addr);
    if (guard->ranges[0].contains(address) || guard->ranges[1].contains(address)) siglongjmp(guard->resume, 1);
  }
  if (info->si_code > 0) VitalRange::exit_if_within(info->si_addr);
  pass_on(signal, info, context);
}

/** The handler outlives any environment that loads us, so the code must stay mapped. */
void keep_loaded() {
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&on_sigbus), &self) != 0 && self.dli_fname != nullptr) {
    dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
  }
}

/**
 * Runs `access`, which holds nothing that needs a destructor: a fault abandons it where it stands. SA_NODEFER leaves
 * SIGBUS unblocked in the handler, so no signal mask has to be saved here or restored by the jump.
 */
template <typename Access>
__attribute__((noinline)) bool guarded(Range first, Range second, Access access) noexcept {
  Guard guard;
  guard.ranges[0] = first;
  guard.ranges[1] = second;
  if (sigsetjmp(guard.resume, 0) != 0) {
    active_guard = nullptr;
    return false;
  }
  active_guard = &guard;
  access();
  active_guard = nullptr;
  return true;
}

Range range(const void* data, size_t bytes) { return {reinterpret_cast<uintptr_t>(data), bytes}; }

}  // namespace

void install_sigbus_guard() {
  static std::once_flag installed;
  std::call_once(installed, [] {
    keep_loaded();
    sigaction(SIGBUS, nullptr, &earlier_action);
    struct sigaction action {};
    action.sa_sigaction = on_sigbus;
    action.sa_flags = SA_SIGINFO | SA_NODEFER | SA_ONSTACK;
    sigemptyset(&action.sa_mask);
    sigaction(SIGBUS, &action, nullptr);
  });
}

bool guarded_copy(void* to, const void* from, size_t bytes) noexcept {
  if (bytes == 0) return true;
  return guarded(range(to, bytes), range(from, bytes), [=] { memcpy(to, from, bytes); });
}

bool guarded_copy_crc32c(void* to, const void* from, size_t bytes, uint32_t* crc) noexcept {
  return guarded(range(to, bytes), range(from, bytes), [=] { *crc = copy_crc32c(*crc, to, from, bytes); });
}

bool guarded_crc32c(const void* data, size_t bytes, uint32_t* crc) noexcept {
  return guarded(range(data, bytes), {0, 0}, [=] { *crc = crc32c(*crc, data, bytes); });
}

}  // namespace fabric
