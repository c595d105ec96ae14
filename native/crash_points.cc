#include "crash_points.h"

#ifdef FABRIC_CRASH_POINTS

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdlib>

#include "file_handle.h"

namespace fabric::crash_points {

namespace {

Control* open_control() {
  const char* path = std::getenv("FABRIC_CRASH_CONTROL");
  if (path == nullptr) return nullptr;
  const FileHandle file(::open(path, O_RDWR | O_CLOEXEC));
  void* address = file.valid() ? ::mmap(nullptr, sizeof(Control), PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0) : MAP_FAILED;
  // A test whose points can't be reached must not pass.
  if (address == MAP_FAILED) std::abort();
  return static_cast<Control*>(address);
}

Control* control() {
  static Control* const opened = open_control();
  return opened;
}

uint64_t number(StorePoint point) { return static_cast<uint64_t>(point) + 1; }

void pass(StorePoint point, uint64_t after) {
  Control* c = control();
  if (c == nullptr || c->armed != number(point) || c->after != after) return;
  if (__atomic_sub_fetch(&c->passages_left, 1, __ATOMIC_RELAXED) != 0) return;
  c->killed = number(point);
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

}  // namespace

bool before(StorePoint point) {
  Control* c = control();
  if (c == nullptr) return true;
  __atomic_add_fetch(&c->passages[static_cast<size_t>(point)], 1, __ATOMIC_RELAXED);
  pass(point, 0);
  return c->omitted != number(point);
}

void after(StorePoint point) { pass(point, 1); }

}  // namespace fabric::crash_points

#endif
