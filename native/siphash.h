#pragma once
/// SipHash-1-3 of a short string under a secret key: names come from clients, and chosen ones must not pile up in one place.
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace fabric {

struct HashKey {
  uint64_t a;
  uint64_t b;
};

inline uint64_t siphash13(HashKey key, std::string_view text) {
  uint64_t v0 = key.a ^ 0x736f6d6570736575, v1 = key.b ^ 0x646f72616e646f6d;
  uint64_t v2 = key.a ^ 0x6c7967656e657261, v3 = key.b ^ 0x7465646279746573;
  const auto round = [&] {
    v0 += v1, v1 = std::rotl(v1, 13) ^ v0, v0 = std::rotl(v0, 32);
    v2 += v3, v3 = std::rotl(v3, 16) ^ v2;
    v0 += v3, v3 = std::rotl(v3, 21) ^ v0;
    v2 += v1, v1 = std::rotl(v1, 17) ^ v2, v2 = std::rotl(v2, 32);
  };
  const char* at = text.data();
  for (size_t left = text.size() / 8; left > 0; --left, at += 8) {
    uint64_t m;
    std::memcpy(&m, at, 8);
    v3 ^= m;
    round();
    v0 ^= m;
  }
  uint64_t tail = uint64_t{text.size()} << 56;
  std::memcpy(&tail, at, text.size() % 8);
  v3 ^= tail;
  round();
  v0 ^= tail;
  v2 ^= 0xff;
  round();
  round();
  round();
  return v0 ^ v1 ^ v2 ^ v3;
}

}  // namespace fabric
