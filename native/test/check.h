/**
 * A test file is a list of `TEST(name) { … }`; `main.cc` runs them. A failed CHECK ends its test, not the program
 * (on another thread than the test's it ends the program: collect results there and check them after the join).
 *
 * Random tests draw from `random_source()`; its seed is printed when the test fails and can be given again in the
 * environment as FABRIC_SEED.
 */
#pragma once

#include <cstdint>
#include <random>
#include <sstream>
#include <string>

namespace fabric::test {

struct Failure {};

struct Registrar {
  Registrar(const char* name, void (*run)());
};

/** Seeded anew for each test. */
std::mt19937_64& random_source();

/** Uniform in [low, high]. */
inline uint64_t random_between(uint64_t low, uint64_t high) {
  return std::uniform_int_distribution<uint64_t>(low, high)(random_source());
}

[[noreturn]] void fail(const char* file, int line, const std::string& what);

template <typename Value>
std::string show(const Value& value) {
  if constexpr (requires(std::ostream& out) { out << value; }) {
    std::ostringstream out;
    out << value;
    return out.str();
  } else {
    return "(not printable)";
  }
}

template <typename Actual, typename Expected>
void check_equal(const char* file, int line, const char* text, const Actual& actual, const Expected& expected) {
  if (actual == expected) return;
  fail(file, line, std::string(text) + ": got " + show(actual) + ", expected " + show(expected));
}

}  // namespace fabric::test

#define TEST(name)                                                          \
  static void test_##name();                                                \
  static const fabric::test::Registrar registrar_##name(#name, test_##name); \
  static void test_##name()

#define CHECK(condition) \
  ((condition) ? static_cast<void>(0) : fabric::test::fail(__FILE__, __LINE__, #condition))

#define CHECK_EQ(actual, expected) \
  fabric::test::check_equal(__FILE__, __LINE__, #actual " == " #expected, (actual), (expected))
