#pragma once
#include <sys/socket.h>

#include <string>
#include <vector>

#include "hot/hot_commands.h"
#include "store_access.h"
#include "store_fixture.h"

namespace fabric::test {

inline constexpr size_t kNoLimit = SIZE_MAX;
inline const TypeRule kTwoInts = {8, true, "<i4", {2}, {4}};
inline const TypeRule kShorts = {2, false, "<i2", {}, {2}};

inline std::string request(const std::vector<std::string>& words) {
  std::string text = "*" + std::to_string(words.size()) + "\r\n";
  for (const std::string& word : words) text += "$" + std::to_string(word.size()) + "\r\n" + word + "\r\n";
  return text;
}

inline std::string bulk(const std::string& value) { return "$" + std::to_string(value.size()) + "\r\n" + value + "\r\n"; }

/// A node whose plain requests are answered, on a connection that speaks RESP2.
class HotFixture : public StoreFixture {
 public:
  /// What the queue would send.
  std::string sent() {
    int ends[2];
    CHECK_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends), 0);
    const FileHandle writer(ends[0]), reader(ends[1]);
    std::string all;
    char chunk[4096];
    while (!output.empty()) {
      CHECK(output.send(writer.get(), 64 << 10) != OutputQueue::Sent::broken);
      for (ssize_t got; (got = ::recv(reader.get(), chunk, sizeof chunk, MSG_DONTWAIT)) > 0;) all.append(chunk, static_cast<size_t>(got));
    }
    return all;
  }

  /// The chunk lies in memory of its very size, so that reading past it is noticed.
  HotPath::Answered give(const std::string& chunk, size_t output_bytes_max = kNoLimit) {
    const std::vector<uint8_t> exact(chunk.begin(), chunk.end());
    return commands.answer(state, exact.data(), exact.size(), output, output_bytes_max);
  }

  /// The reply to a request that is answered whole.
  std::string ask(const std::vector<std::string>& words) {
    const std::string text = request(words);
    CHECK_EQ(give(text).bytes, text.size());
    return sent();
  }

  /// The pin that FABRIC.PTR answers.
  std::string point(const std::string& name) {
    const std::string reply = ask({"FABRIC.PTR", name});
    return reply.substr(reply.find("alpha:"), std::string("alpha:").size() + 16);
  }

  HotFixture() { commands.writes().limit({1 << 20, 1 << 20, 100}); }

  std::shared_ptr<Store> shared{store.get(), [](Store*) {}};
  StoreAccess access{shared};
  HotCommands commands{shared, access, "alpha", true};
  HotState state = [] {
    HotState idle;
    idle.protocol = 2;
    return idle;
  }();
  OutputQueue output;
};

}  // namespace fabric::test
