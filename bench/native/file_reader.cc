/// `pread`s a file into prefaulted and mapped shared memory, once for each line read from stdin; one JSON line each.
///
///     file_reader path= bytes=
#include "shared_region.h"

using namespace bench;

int main(int argc, char** argv) {
  const Arguments arguments(argc, argv);
  const uint64_t bytes = arguments.number("bytes");
  char* region = map_shared(open_prefaulted(bytes), 0, bytes, MAP_POPULATE);
  char line[16];
  while (std::fgets(line, sizeof line, stdin) != nullptr) {
    const auto start = Clock::now();
    const int file = open(arguments.text("path").c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) fail_system(arguments.text("path"));
    uint64_t done = 0;
    while (done < bytes) {
      const ssize_t got = pread(file, region + done, bytes - done, static_cast<off_t>(done));
      if (got <= 0) fail_system("pread");
      done += static_cast<uint64_t>(got);
    }
    close(file);
    std::printf("{\"seconds\":%.6f}\n", seconds_since(start));
    std::fflush(stdout);
  }
}
