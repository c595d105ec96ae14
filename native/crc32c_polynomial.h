/**
 * Arithmetic of polynomials over GF(2) modulo the CRC-32C polynomial, at compile time for the kernels' constants.
 *
 * Bits are reflected as the CRC's are: bit i of a residue is the coefficient of x^(31 - i).
 */
#pragma once

#include <array>
#include <cstdint>

namespace fabric::crc32c_polynomial {

inline constexpr uint32_t kPolynomial = 0x82f63b78;
inline constexpr uint32_t kOne = 0x80000000;

constexpr uint32_t times_x(uint32_t residue) {
  return (residue >> 1) ^ ((residue & 1) != 0 ? kPolynomial : 0);
}

constexpr uint32_t multiply(uint32_t a, uint32_t b) {
  uint32_t product = 0;
  for (uint32_t bit = kOne; bit != 0; bit >>= 1) {
    if ((a & bit) != 0) product ^= b;
    b = times_x(b);
  }
  return product;
}

/** x^(2^i) at [i]. */
inline constexpr std::array<uint32_t, 64> kSquares = [] {
  std::array<uint32_t, 64> squares{};
  uint32_t power = times_x(kOne);
  for (auto& square : squares) {
    square = power;
    power = multiply(power, power);
  }
  return squares;
}();

/** x^exponent. */
constexpr uint32_t power_of_x(uint64_t exponent) {
  uint32_t product = kOne;
  for (unsigned i = 0; exponent != 0; i++, exponent >>= 1) {
    if ((exponent & 1) != 0) product = multiply(product, kSquares[i]);
  }
  return product;
}

}  // namespace fabric::crc32c_polynomial
