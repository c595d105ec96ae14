#include <cstdio>
#include <cstdlib>
#include <exception>
#include <vector>

#include "check.h"

namespace fabric::test {
namespace {

struct Case {
  const char* name;
  void (*run)();
};

std::vector<Case>& cases() {
  static std::vector<Case> list;
  return list;
}

uint64_t seed() {
  static const uint64_t chosen = [] {
    const char* given = getenv("FABRIC_SEED");
    return given != nullptr ? strtoull(given, nullptr, 10) : std::random_device{}();
  }();
  return chosen;
}

bool passes(const Case& test) {
  random_source().seed(seed());
  try {
    test.run();
    return true;
  } catch (const Failure&) {
    printf("  %s failed\n", test.name);
  } catch (const std::exception& error) {
    printf("  %s: threw %s\n", test.name, error.what());
  }
  printf("  FABRIC_SEED=%llu\n", static_cast<unsigned long long>(seed()));
  return false;
}

}  // namespace

Registrar::Registrar(const char* name, void (*run)()) { cases().push_back({name, run}); }

std::mt19937_64& random_source() {
  static std::mt19937_64 source;
  return source;
}

void fail(const char* file, int line, const std::string& what) {
  // Printed here, for on another thread nobody catches it.
  printf("  %s:%d: %s\n", file, line, what.c_str());
  throw Failure{};
}

}  // namespace fabric::test

/** The last line tells scripts/test-native.mjs the counts. */
int main() {
  setvbuf(stdout, nullptr, _IOLBF, 0);
  unsigned passed = 0;
  unsigned failed = 0;
  for (const auto& test : fabric::test::cases()) (fabric::test::passes(test) ? passed : failed)++;
  printf("passed %u failed %u\n", passed, failed);
  return failed == 0 ? 0 : 1;
}
