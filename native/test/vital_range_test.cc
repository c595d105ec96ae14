#include "vital_range.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "check.h"

namespace {

constexpr size_t kBytes = 1 << 16;

/// How a child that runs `body` on a truncated mapping ended, and what it said.
template <typename Body>
int ending(const Body& body, std::string& said) {
  int ends[2];
  if (pipe(ends) != 0) abort();
  const pid_t child = fork();
  if (child == 0) {
    dup2(ends[1], STDERR_FILENO);
    // Sanitizers have handlers of their own.
    signal(SIGBUS, SIG_DFL);
    const int fd = memfd_create("vital", 0);
    if (ftruncate(fd, kBytes) != 0) _exit(99);
    auto* data = static_cast<uint8_t*>(mmap(nullptr, kBytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0));
    if (ftruncate(fd, 0) != 0) _exit(99);
    body(data);
    _exit(0);
  }
  close(ends[1]);
  char text[256];
  for (ssize_t got; (got = read(ends[0], text, sizeof text)) > 0;) said.append(text, static_cast<size_t>(got));
  close(ends[0]);
  int status = 0;
  if (waitpid(child, &status, 0) != child) abort();
  return status;
}

}  // namespace

TEST(a_fault_in_a_vital_range_ends_the_process_with_its_sentence) {
  std::string said;
  const int status = ending(
      [](uint8_t* data) {
        const fabric::VitalRange vital(data, kBytes, "it is gone");
        static_cast<volatile uint8_t*>(data)[kBytes - 1] = 1;
      },
      said);
  CHECK(WIFEXITED(status));
  CHECK_EQ(WEXITSTATUS(status), 1);
  CHECK_EQ(said, std::string("it is gone\n"));
}

TEST(beside_a_vital_range_and_after_it_a_fault_is_what_it_was) {
  for (const bool beside : {true, false}) {
    std::string said;
    const int status = ending(
        [beside](uint8_t* data) {
          auto vital = std::make_unique<fabric::VitalRange>(data, beside ? kBytes / 2 : kBytes, "it is gone");
          if (!beside) vital.reset();
          static_cast<volatile uint8_t*>(data)[kBytes - 1] = 1;
        },
        said);
    CHECK(WIFSIGNALED(status));
    CHECK_EQ(WTERMSIG(status), SIGBUS);
    CHECK_EQ(said, std::string());
  }
}
