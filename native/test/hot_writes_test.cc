#include "crc32c.h"
#include "guarded_copy.h"
#include "hot_fixture.h"

using namespace fabric;
using fabric::test::HotFixture;
using fabric::test::kShorts;
using fabric::test::kTwoInts;
using fabric::test::request;

TEST(hot_writes_store_payloads) {
  HotFixture f;
  f.commands.types().learn("2 * int32", kTwoInts);
  f.commands.types().learn("var * int16", kShorts);
  CHECK_EQ(f.ask({"SET", "x", "hello"}), "+OK\r\n");
  CHECK_EQ(f.ask({"set", "x", ""}), "+OK\r\n");
  CHECK_EQ(f.read("x"), "");
  const std::string reply = f.ask({"FABRIC.INSERT", "y", "about", "2 * int32", "BYTES678"});
  CHECK_EQ(f.ask({"FABRIC.LOCATE", "y"}), reply);
  CHECK_EQ(f.read("y"), "BYTES678");
  const auto& catalog = f.store->catalog();
  CHECK_EQ(catalog.type(*f.store->find("y")), "2 * int32");
  CHECK_EQ(catalog.documentation(*f.store->find("y")), "about");
  CHECK_EQ(catalog.descriptor(*f.store->find("y")).crc32c, crc32c(0, "BYTES678", 8));
  f.ask({"FABRIC.INSERT", "z", "", "var * int16", "BYTES", "1234"});
  f.ask({"FABRIC.INSERT", "z", "", "var * int16", "replace", "bytes", "12"});
  CHECK_EQ(f.read("z"), "12");
}

TEST(hot_writes_take_a_payload_that_is_not_all_there) {
  HotFixture f;
  const std::string payload = [] {
    std::string bytes(100000, '\0');
    for (size_t i = 0; i < bytes.size(); ++i) bytes[i] = static_cast<char>(i * 7919 >> 8);
    return bytes;
  }();
  const std::string text = request({"FABRIC.INSERT", "x", "", "bytes", payload});
  const size_t there = 30000;
  CHECK_EQ(f.give(request({"PING"}) + text.substr(0, there)).bytes, request({"PING"}).size() + there);
  CHECK(f.state.bulk.has_value());
  CHECK_EQ(f.state.bulk->length, payload.size());
  CHECK(!f.store->find("x"));
  CHECK(f.store->find_claim("x").has_value());
  const HotBulk bulk = *f.state.bulk;
  f.store->write(bulk.entry, bulk.written, payload.data() + bulk.written, payload.size() - bulk.written);
  CHECK(!f.commands.complete(f.state, crc32c(bulk.crc32c, payload.data() + bulk.written, payload.size() - bulk.written), true, f.output));
  CHECK(!f.state.bulk);
  CHECK_EQ(f.read("x"), payload);
  CHECK_EQ(f.store->catalog().descriptor(bulk.entry).crc32c, crc32c(0, payload.data(), payload.size()));
  const std::string sent = f.sent();
  CHECK_EQ(sent, "+PONG\r\n" + f.ask({"FABRIC.LOCATE", "x"}));
}

TEST(hot_writes_give_a_payload_up_that_does_not_come) {
  HotFixture f;
  const std::string text = request({"SET", "x", std::string(100000, 'x')}).substr(0, 50000);
  f.give(text);
  CHECK(f.used_bytes() > 0);
  f.commands.abandon(f.state);
  CHECK(!f.state.bulk);
  CHECK_EQ(f.used_bytes(), uint64_t{0});
  f.commands.abandon(f.state);
  f.give(text);
  const auto refused = f.commands.complete(f.state, 0, false, f.output);
  CHECK(refused.has_value());
  CHECK_EQ(std::string(refused->code()), "ERR");
  CHECK(f.output.empty());
  CHECK(!f.store->find("x"));
}

TEST(hot_writes_begin_no_payload_beyond_a_limit) {
  HotFixture f;
  const auto begins = [&](uint64_t bytes) {
    f.give(request({"SET", "x", std::string(bytes, 'x')}).substr(0, 60000));
    const bool began = f.state.bulk.has_value();
    f.commands.abandon(f.state);
    return began;
  };
  CHECK(begins(1 << 20));
  CHECK(!begins((1 << 20) + 1));
  f.commands.writes().limit({1 << 20, 100000, 100});
  CHECK(begins(100000));
  CHECK(!begins(100001));
}

TEST(hot_writes_tell_what_they_sealed_while_somebody_waits) {
  HotFixture f;
  std::vector<std::string> names;
  const auto collect = [&] { f.commands.each_sealed([&](const std::string& name) { names.push_back(name); }); };
  f.ask({"SET", "a", "1"});
  collect();
  CHECK_EQ(names.size(), size_t{0});
  f.commands.watch_seals(true);
  f.ask({"SET", "b", "1"});
  f.ask({"FABRIC.INSERT", "c", "", "bytes", "1"});
  collect();
  collect();
  CHECK_EQ(names.size(), size_t{2});
  CHECK_EQ(names[0] + names[1], "bc");
}

TEST(hot_writes_refuse_what_truncated_memory_cannot_take) {
  install_sigbus_guard();
  for (const size_t bytes : {size_t{100}, size_t{100000}}) {
    HotFixture f;
    f.truncate(f.store->names().segment(1));
    const std::string text = request({"SET", "x", std::string(bytes, 'x')}).substr(0, 60000);
    CHECK_EQ(f.give(text + (bytes < 1000 ? request({"PING"}) : "")).bytes, text.size());
    const auto refused = f.state.bulk ? f.commands.complete(f.state, 0, true, f.output) : f.state.refused;
    CHECK(refused.has_value());
    CHECK(refused->message().find("truncated") != std::string::npos);
    CHECK(f.output.empty());
    CHECK_EQ(f.used_bytes(), uint64_t{0});
  }
}
