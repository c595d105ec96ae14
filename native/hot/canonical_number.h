#pragma once
#include <charconv>
#include <cstdint>
#include <optional>
#include <string_view>

namespace fabric {

/// A whole number as everybody writes it. More digits, signs and leading zeros are for the server to judge.
inline std::optional<uint64_t> canonical_number(std::string_view digits) {
  constexpr size_t kDigitsMax = 15;
  uint64_t value = 0;
  if (digits.size() > kDigitsMax || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  return error == std::errc() && end == digits.data() + digits.size() ? std::optional(value) : std::nullopt;
}

}  // namespace fabric
