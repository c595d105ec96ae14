#include "crc32c.h"

#include <cstring>
#include <string>
#include <vector>

#include "check.h"

using namespace fabric;
using fabric::test::random_between;

namespace {

std::vector<uint8_t> random_bytes(size_t count) {
  std::vector<uint8_t> bytes(count);
  for (auto& byte : bytes) byte = static_cast<uint8_t>(random_between(0, 255));
  return bytes;
}

/** Many short lengths, where the ends of the kernels' loops meet, and some long ones. */
size_t random_length() {
  switch (random_between(0, 3)) {
    case 0:
      return random_between(0, 80);
    case 1:
      return random_between(0, 2000);
    case 2:
      return random_between(0, 256) * 64;
    default:
      return random_between(0, 50000);
  }
}

}  // namespace

TEST(known_vectors) {
  std::vector<uint8_t> ascending(32);
  std::vector<uint8_t> descending(32);
  for (uint8_t i = 0; i < 32; i++) ascending[i] = descending[31 - i] = i;
  std::vector<uint8_t> zeros(32, 0);
  std::vector<uint8_t> ones(32, 0xff);
  // RFC 3720, B.4: an iSCSI SCSI Read (10) command PDU.
  const uint8_t pdu[48] = {0x01, 0xc0, 0, 0, 0, 0, 0, 0, 0, 0,    0, 0, 0, 0,    0,    0,    0x14, 0, 0, 0, 0, 0, 0x04, 0,
                           0,    0,    0, 0x14, 0, 0, 0, 0x18, 0x28, 0, 0, 0, 0, 0, 0, 0, 0x02, 0, 0, 0, 0, 0, 0, 0};
  for (const auto& kernel : crc32c_kernels()) {
    CHECK_EQ(kernel.crc(0, "", 0), 0u);
    CHECK_EQ(kernel.crc(0, "123456789", 9), 0xe3069283u);
    CHECK_EQ(kernel.crc(0, zeros.data(), 32), 0x8a9136aau);
    CHECK_EQ(kernel.crc(0, ones.data(), 32), 0x62a8ab43u);
    CHECK_EQ(kernel.crc(0, ascending.data(), 32), 0x46dd794eu);
    CHECK_EQ(kernel.crc(0, descending.data(), 32), 0x113fdb5cu);
    CHECK_EQ(kernel.crc(0, pdu, sizeof pdu), 0xd9963a56u);
  }
}

TEST(dispatch_takes_the_last_kernel) {
  auto kernels = crc32c_kernels();
  CHECK(!kernels.empty());
  CHECK_EQ(std::string(kernels.front().name), "portable");
  CHECK_EQ(std::string(kernels.back().name), crc32c_kernel());
}

TEST(kernels_agree_on_any_length_and_alignment) {
  auto bytes = random_bytes(60000);
  std::vector<uint8_t> copy(60000);
  auto kernels = crc32c_kernels();
  for (int round = 0; round < 3000; round++) {
    size_t length = random_length();
    size_t from = random_between(0, 100);
    size_t to = random_between(0, 100);
    auto seed = static_cast<uint32_t>(random_between(0, UINT32_MAX));
    uint32_t expected = kernels.front().crc(seed, &bytes[from], length);
    for (const auto& kernel : kernels) {
      CHECK_EQ(kernel.crc(seed, &bytes[from], length), expected);
      std::fill(copy.begin(), copy.end(), uint8_t{0xa5});
      CHECK_EQ(kernel.copy_crc(seed, &copy[to], &bytes[from], length), expected);
      CHECK(memcmp(&copy[to], &bytes[from], length) == 0);
      CHECK_EQ(copy[to + length], 0xa5);
      if (to > 0) CHECK_EQ(copy[to - 1], 0xa5);
    }
  }
}

TEST(large_copies_bypass_the_cache_and_agree) {
  auto bytes = random_bytes((1 << 20) + 500);
  std::vector<uint8_t> copy(bytes.size());
  for (size_t offset : {0, 1, 63, 64}) {
    size_t length = bytes.size() - 100;
    CHECK_EQ(copy_crc32c(7, &copy[offset], &bytes[3], length), crc32c_kernels().front().crc(7, &bytes[3], length));
    CHECK(memcmp(&copy[offset], &bytes[3], length) == 0);
  }
}

TEST(chaining_and_combining_equal_the_whole) {
  auto bytes = random_bytes(60000);
  for (int round = 0; round < 2000; round++) {
    size_t length = random_length();
    size_t half = random_between(0, length);
    uint32_t whole = crc32c(0, bytes.data(), length);
    uint32_t first = crc32c(0, bytes.data(), half);
    uint32_t second = crc32c(0, &bytes[half], length - half);
    CHECK_EQ(crc32c(first, &bytes[half], length - half), whole);
    CHECK_EQ(crc32c_combine(first, second, length - half), whole);
  }
}

TEST(combining_takes_lengths_beyond_memory) {
  // Combination is associative, whatever the lengths are.
  for (int round = 0; round < 200; round++) {
    auto a = static_cast<uint32_t>(random_between(0, UINT32_MAX));
    auto b = static_cast<uint32_t>(random_between(0, UINT32_MAX));
    auto c = static_cast<uint32_t>(random_between(0, UINT32_MAX));
    uint64_t length_b = random_between(0, uint64_t{1} << 62);
    uint64_t length_c = random_between(0, uint64_t{1} << 62);
    uint32_t left = crc32c_combine(crc32c_combine(a, b, length_b), c, length_c);
    uint32_t right = crc32c_combine(a, crc32c_combine(b, c, length_c), length_b + length_c);
    CHECK_EQ(left, right);
  }
}
