#include "hot/hot_commands.h"

#include "boot_id.h"
#include "guarded_copy.h"
#include "hot_fixture.h"

using namespace fabric;
using fabric::test::bulk;
using fabric::test::HotFixture;
using fabric::test::kNoLimit;
using fabric::test::kShorts;
using fabric::test::kTwoInts;
using fabric::test::random_between;
using fabric::test::request;

TEST(hot_commands_answer_as_the_server_does) {
  HotFixture f;
  f.insert("x", "hello");
  f.insert("tenant/y", "");
  CHECK_EQ(f.ask({"PING"}), "+PONG\r\n");
  CHECK_EQ(f.ask({"ping", "it is me"}), bulk("it is me"));
  CHECK_EQ(f.ask({"pInG", ""}), bulk(""));
  CHECK_EQ(f.ask({"GET", "x"}), bulk("hello"));
  CHECK_EQ(f.ask({"Get", "tenant/y"}), bulk(""));
  CHECK_EQ(f.ask({"GET", "z"}), "$-1\r\n");
  CHECK_EQ(f.ask({"EXISTS", "x"}) + f.ask({"EXISTS", "z"}), ":1\r\n:0\r\n");
  CHECK_EQ(f.ask({"STRLEN", "x"}) + f.ask({"STRLEN", "z"}), ":5\r\n:0\r\n");
  CHECK_EQ(f.ask({"FABRIC.LOCATE", "z"}), "$-1\r\n");
  f.state.protocol = 3;
  CHECK_EQ(f.ask({"GET", "z"}) + f.ask({"fabric.locate", "z"}), "_\r\n_\r\n");
  const Location at = f.store->locate(*f.store->find("x"));
  std::string expected = "*1\r\n*6\r\n" + bulk("alpha") + bulk(at.segment->shared_id());
  for (const uint64_t value : {at.offset, uint64_t{5}, at.xid, uint64_t{1}}) expected += ":" + std::to_string(value) + "\r\n";
  CHECK_EQ(f.ask({"fabric.LOCATE", "x"}), expected);
}

TEST(hot_commands_expose_what_they_locate) {
  HotFixture f;
  const Entry entry = f.insert("x", "hello");
  f.ask({"GET", "x"});
  CHECK_EQ(f.store->catalog().word(entry).flags & layout::kExposed, 0);
  f.ask({"FABRIC.LOCATE", "x"});
  CHECK_EQ(f.store->catalog().word(entry).flags & layout::kExposed, layout::kExposed);
}

TEST(hot_commands_point_as_the_server_does) {
  HotFixture f;
  f.commands.types().learn("2 * int32", kTwoInts);
  f.commands.types().learn("var * int16", kShorts);
  f.insert("x", "12345678", 0, "2 * int32");
  f.insert("y", "123456", 0, "var * int16");
  f.state.connection = 7;
  const auto expected = [&](const std::string& name, const std::string& reading, const std::string& pin, bool map) {
    const Location at = f.store->locate(*f.store->find(name));
    const auto number = [](uint64_t value) { return ":" + std::to_string(value) + "\r\n"; };
    return (map ? "%13\r\n" : "*26\r\n") + bulk("pin") + bulk(pin) + bulk("name") + bulk(name) + bulk("xid") + number(at.xid) +
           bulk("generation") + number(at.generation) + bulk("node") + bulk("alpha") + bulk("shm") + bulk(at.segment->shared_id()) +
           bulk("offset") + number(at.offset) + bulk("length") + number(at.length) + reading + bulk("host") + (map ? "%3\r\n" : "*6\r\n") +
           bulk("boot_id") + bulk(boot_id()) + bulk("inode") + number(at.segment->inode()) + bulk("size") + number(at.segment->bytes());
  };
  const auto pin_in = [](const std::string& reply) { return reply.substr(reply.find("alpha:"), 22); };
  const std::string ints =
      bulk("type") + bulk("2 * int32") + bulk("dtype") + bulk("<i4") + bulk("shape") + "*1\r\n:2\r\n" + bulk("strides") + "*1\r\n:4\r\n";
  const std::string shorts =
      bulk("type") + bulk("var * int16") + bulk("dtype") + bulk("<i2") + bulk("shape") + "*1\r\n:3\r\n" + bulk("strides") + "*1\r\n:2\r\n";
  const std::string first = f.ask({"FABRIC.PTR", "x"});
  CHECK_EQ(first, expected("x", ints, pin_in(first), false));
  f.state.protocol = 3;
  const std::string second = f.ask({"fabric.ptr", "y"});
  CHECK_EQ(second, expected("y", shorts, pin_in(second), true));
  CHECK_EQ(f.ask({"FABRIC.PTR", "z"}), "_\r\n");
  f.ask({"FABRIC.PTR", "x"});
  CHECK_EQ(f.ask({"FABRIC.RELEASE", pin_in(first)}), ":1\r\n");
  CHECK_EQ(f.give(request({"FABRIC.RELEASE", pin_in(first)})).bytes, size_t{0});
  const HotCounts counts = f.commands.take_counts();
  CHECK_EQ(counts.pins, uint64_t{3});
  CHECK_EQ(counts.releases, uint64_t{1});
  f.store->disconnected(7, f.now_ms);
  f.advance(1 << 20);
  CHECK(!f.store->pinned(std::stoull(pin_in(second).substr(6), nullptr, 16)));
}

TEST(hot_commands_point_for_whoever_holds_a_slot) {
  HotFixture f;
  f.insert("x", "hello");
  const FileHandle slots = f.take_slot(3, 1);
  CHECK(f.ask({"FABRIC.PTR", "x", "SLOT", "3"}).starts_with("*26\r\n"));
  CHECK_EQ(f.give(request({"FABRIC.PTR", "x", "SLOT", "4"})).bytes, size_t{0});
}

TEST(hot_commands_leave_to_the_server_what_is_not_plain) {
  HotFixture f;
  f.commands.types().learn("2 * int32", kTwoInts);
  f.insert("x", "hello");
  f.insert("unknown type", "12345678", 0, "8 * int8");
  const std::string pin = f.point("x");
  f.sent();
  const std::string chunks[] = {
      request({"GET", ""}),
      request({"GET", std::string(513, 'n')}),
      request({"GET", "/x"}),
      request({"GET", "x/"}),
      request({"GET", "default/x"}),
      request({"GET"}),
      request({"GET", "x", "y"}),
      request({"EXISTS", "x", "x"}),
      request({"FABRIC.LOCATE", "x", "WAIT", "10"}),
      request({"FABRIC.PTR", "x", "WAIT", "10"}),
      request({"FABRIC.PTR", "x", "LEASE", "10"}),
      request({"FABRIC.PTR", "x", "SLOT"}),
      request({"FABRIC.PTR", "x", "SLOT", "0"}),
      request({"FABRIC.PTR", "x", "SLOT", "00"}),
      request({"FABRIC.PTR", "x", "SLOT", ""}),
      request({"FABRIC.PTR", "x", "SLOT", "-1"}),
      request({"FABRIC.PTR", "x", "SLOT", "1x"}),
      request({"FABRIC.PTR", "x", "SLOT", "9999999999"}),
      request({"FABRIC.PTR", "unknown type"}),
      request({"FABRIC.PTR"}),
      request({"FABRIC.RELEASE"}),
      request({"FABRIC.RELEASE", pin, "DELETE"}),
      request({"FABRIC.RELEASE", pin.substr(1)}),
      request({"FABRIC.RELEASE", "b" + pin.substr(1)}),
      request({"FABRIC.RELEASE", "alpha:zzzzzzzzzzzzzzzz"}),
      request({"FABRIC.RELEASE", "alpha:0000000000000000"}),
      request({"SET", "x", "y", "NX"}),
      request({"SET", "x"}),
      request({"SET", "x/", "y"}),
      request({"FABRIC.INSERT", "y", "", "bytes"}),
      request({"FABRIC.INSERT", "x", "", "bytes", "taken"}),
      request({"FABRIC.INSERT", "y", "", "4 * unknown", "y"}),
      request({"FABRIC.INSERT", "y", "d\xc3\xb6", "bytes", "y"}),
      request({"FABRIC.INSERT", "y", std::string(101, 'd'), "bytes", "y"}),
      request({"FABRIC.INSERT", "y", "", "bytes", "FILE", "/etc/passwd"}),
      request({"FABRIC.INSERT", "y", "", "bytes", "NODE", "BYTES", "y"}),
      request({"FABRIC.INSERT", "y", "", "bytes", "REPLACE", "FILE", "y"}),
      request({"FABRIC.INSERT", "y", "", "2 * int32", "BYTES", "seven.."}),
      request({"FABRIC.INSERT", "y", "", "bytes", "REPLACE", "NODE", "n", "BYTES", "y"}),
      request({"ECHO", "x"}),
      request({"QUIT"}),
      request({"STRLEX", "x"}),
      request({"GETX", "x"}),
      request({std::string(13, '-'), "x"}),
      "PING\r\n",
      "*2\n$3\nGET\n$1\nx\n",
      "*-1\r\n",
      "*0\r\n",
      "*+2\r\n$3\r\nGET\r\n$1\r\nx\r\n",
      "*02\r\n$3\r\nGET\r\n$1\r\nx\r\n",
      "*2\r\n$03\r\nGET\r\n$1\r\nx\r\n",
      "*2\r\n$+3\r\nGET\r\n$1\r\nx\r\n",
      "*2\r\n$3\r\nGET\r\n$-1\r\n",
      "*2\r\n$3\r\nGET\r\n:1\r\nx\r\n",
      "*2\r\n$3\r\nGETx\n$1\r\nx\r\n",
      "*2\r\n$3\r\nGET\r\n$\r\nx\r\n",
      "*2\r\n$3\r\nGET\r\n$99999999999999999999\r\nx\r\n",
  };
  for (const std::string& chunk : chunks) {
    const HotPath::Answered answered = f.give(chunk);
    CHECK_EQ(answered.bytes, size_t{0});
    CHECK(f.output.empty());
  }
  f.state.protocol = 0;
  CHECK_EQ(f.give(request({"PING"})).bytes, size_t{0});
  f.state.protocol = 2;
  f.commands.allow(false);
  CHECK_EQ(f.give(request({"PING"})).bytes, size_t{0});
  f.commands.allow(true);
  f.shared.reset();
  CHECK_EQ(f.give(request({"PING"})).bytes, size_t{0});
}

TEST(hot_commands_stop_at_the_first_request_that_is_not_theirs) {
  HotFixture f;
  f.insert("x", "hello");
  const std::string mine = request({"PING"}) + request({"GET", "x"});
  const auto answered = f.give(mine + request({"DEL", "x"}) + request({"PING"}));
  CHECK_EQ(answered.bytes, mine.size());
  CHECK(!answered.starved);
  CHECK_EQ(f.sent(), "+PONG\r\n" + bulk("hello"));
}

TEST(hot_commands_answer_the_same_however_the_stream_is_split) {
  HotFixture f;
  f.insert("x", "hello");
  std::string stream;
  for (int i = 0; i < 20; ++i) stream += request({"GET", "x"}) + request({"FABRIC.LOCATE", "x"}) + request({"PING", "p"});
  CHECK_EQ(f.give(stream).bytes, stream.size());
  const std::string whole = f.sent();
  for (size_t at = 0; at <= stream.size(); ++at) {
    const auto first = f.give(stream.substr(0, at));
    CHECK(first.starved);
    const std::string rest = stream.substr(first.bytes);
    CHECK_EQ(f.give(rest).bytes, rest.size());
    CHECK_EQ(f.sent(), whole);
  }
}

TEST(hot_commands_take_no_more_when_much_is_queued) {
  HotFixture f;
  f.insert("x", std::string(1000, 'x'));
  std::string stream;
  for (int i = 0; i < 100; ++i) stream += request({"GET", "x"});
  const auto answered = f.give(stream, 10000);
  CHECK_EQ(answered.bytes, stream.size() / 100 * 10);
  CHECK(!answered.starved);
}

TEST(hot_commands_hold_a_large_payload_until_it_is_sent) {
  HotFixture f;
  const std::string payload(100000, 'p');
  f.insert("x", payload);
  CHECK_EQ(f.give(request({"GET", "x"})).bytes, request({"GET", "x"}).size());
  CHECK(f.store->segment(f.store->names().segment(1)).pinned_bytes > 0);
  CHECK_EQ(f.store->remove({"x"}, f.now_ms), uint64_t{1});
  f.advance(1 << 20);
  f.insert("y", std::string(100000, 'q'));
  CHECK_EQ(f.sent(), bulk(payload));
  f.advance(1 << 20);
  CHECK_EQ(f.store->segment(f.store->names().segment(1)).pinned_bytes, uint64_t{0});
}

TEST(hot_commands_leave_truncated_memory_to_the_server) {
  install_sigbus_guard();
  HotFixture f;
  f.insert("x", "hello");
  f.truncate(f.store->names().segment(1));
  CHECK_EQ(f.give(request({"PING"}) + request({"GET", "x"})).bytes, request({"PING"}).size());
  CHECK_EQ(f.sent(), "+PONG\r\n");
}

TEST(hot_commands_locate_where_nothing_is_to_be_waited_for) {
  HotFixture f;
  f.insert("x", "hello");
  f.commands.limit_wait(1000);
  const std::string placements = f.ask({"FABRIC.LOCATE", "x"});
  for (const std::string ms : {"0", "1", "1000"}) CHECK_EQ(f.ask({"FABRIC.LOCATE", "x", "wAIT", ms}), placements);
  for (const std::string ms : {"1001", "", "00", "-1", "1.5", "x", "9999999999999999"}) {
    CHECK_EQ(f.give(request({"FABRIC.LOCATE", "x", "WAIT", ms})).bytes, size_t{0});
  }
  CHECK_EQ(f.give(request({"FABRIC.LOCATE", "absent", "WAIT", "0"})).bytes, size_t{0});
  CHECK_EQ(f.give(request({"FABRIC.LOCATE", "x", "SLOT", "0"})).bytes, size_t{0});
  CHECK_EQ(f.give(request({"FABRIC.LOCATE", "x", "WAIT"})).bytes, size_t{0});
  CHECK(f.output.empty());
}

TEST(hot_commands_locate_what_is_remembered_of_other_nodes) {
  HotFixture f;
  HotCommands commands(f.shared, f.access, "alpha", false, 100);
  commands.limit_wait(1000);
  const auto give = [&](const std::vector<std::string>& words) {
    const std::string text = request(words);
    return commands.answer(f.state, reinterpret_cast<const uint8_t*>(text.data()), text.size(), f.output, kNoLimit).bytes == text.size();
  };
  constexpr uint64_t kHourMs = 3'600'000;
  constexpr uint64_t kLargest = (uint64_t{1} << 53) - 1;
  commands.remember("x", {{"beta", "/fabric.beta.s0001", 64, 5, kLargest, 3}, {"gamma", "/fabric.gamma.s0002", 0, 5, kLargest, 1}}, kHourMs);
  const std::string reply = "*2\r\n*6\r\n" + bulk("beta") + bulk("/fabric.beta.s0001") + ":64\r\n:5\r\n:9007199254740991\r\n:3\r\n*6\r\n" +
                            bulk("gamma") + bulk("/fabric.gamma.s0002") + ":0\r\n:5\r\n:9007199254740991\r\n:1\r\n";
  for (const uint8_t protocol : {2, 3}) {
    f.state.protocol = protocol;
    CHECK(give({"FABRIC.LOCATE", "x"}));
    CHECK_EQ(f.sent(), reply);
    CHECK(give({"fabric.locate", "x", "WAIT", "1000"}));
    CHECK_EQ(f.sent(), reply);
  }
  CHECK_EQ(commands.take_counts().remembered_hits, uint64_t{4});
  CHECK(!give({"FABRIC.LOCATE", "x", "WAIT", "1001"}));
  CHECK(!give({"FABRIC.LOCATE", "y"}));
  CHECK(!give({"FABRIC.LOCATE", "default/x"}));
  for (const std::string command : {"GET", "EXISTS", "STRLEN", "FABRIC.PTR"}) CHECK(!give({command, "x"}));
  f.insert("x", "here");
  CHECK(give({"FABRIC.LOCATE", "x"}));
  CHECK(f.sent().starts_with("*1\r\n*6\r\n" + bulk("alpha")));
  f.store->remove({"x"}, f.now_ms);
  CHECK(give({"FABRIC.LOCATE", "x"}));
  CHECK_EQ(f.sent(), reply);
  commands.forget("x");
  CHECK(!give({"FABRIC.LOCATE", "x"}));
  commands.remember("x", {{"beta", "/fabric.beta.s0001", 64, 5, 7, 3}}, 0);
  CHECK(!give({"FABRIC.LOCATE", "x"}));
  commands.remember("x", {{"beta", "/fabric.beta.s0001", 64, 5, 7, 3}}, kHourMs);
  CHECK(give({"FABRIC.LOCATE", "x"}));
  f.sent();
  commands.forget_all();
  CHECK(!give({"FABRIC.LOCATE", "x"}));
  commands.remember("x", {{"beta", "/fabric.beta.s0001", 64, 5, 7, 3}}, kHourMs);
  f.state.protocol = 0;
  CHECK(!give({"FABRIC.LOCATE", "x"}));
  CHECK(f.output.empty());
}

TEST(hot_commands_count_what_they_did) {
  HotFixture f;
  f.insert("x", "hello");
  const std::string stream = request({"GET", "x"}) + request({"GET", "z"}) + request({"PING"});
  f.give(stream);
  CHECK_EQ(std::string(f.state.command), "ping");
  const HotCounts counts = f.commands.take_counts();
  CHECK_EQ(counts.calls[0], uint64_t{1});
  CHECK_EQ(counts.calls[2], uint64_t{2});
  CHECK_EQ(counts.hits, uint64_t{1});
  CHECK_EQ(counts.misses, uint64_t{1});
  CHECK_EQ(counts.input_bytes, stream.size());
  CHECK_EQ(counts.output_bytes, f.sent().size());
  CHECK_EQ(f.commands.take_counts().calls[2], uint64_t{0});
}

TEST(hot_commands_survive_whatever_comes) {
  HotFixture f;
  f.insert("x", "hello");
  const std::string good = request({"GET", "x"}) + request({"FABRIC.LOCATE", "x"}) + request({"PING", "abc"}) + request({"EXISTS", "x"}) + request({"SET", "y", "1"}) +
                           request({"FABRIC.INSERT", "z", "", "bytes", "REPLACE", "BYTES", "2"}) + request({"FABRIC.PTR", "x"}) +
                           request({"FABRIC.RELEASE", "alpha:0123456789abcdef"});
  for (int round = 0; round < 20000; ++round) {
    std::string stream = good;
    for (uint64_t change = random_between(1, 4); change > 0; --change) {
      const size_t at = random_between(0, stream.size() - 1);
      switch (random_between(0, 2)) {
        case 0: stream[at] = static_cast<char>(random_between(0, 255)); break;
        case 1: stream.erase(at, random_between(1, 5)); break;
        default: stream.insert(at, 1, "*$0123456789\r\n"[random_between(0, 13)]);
      }
      if (stream.empty()) stream = "*";
    }
    CHECK(f.give(stream).bytes <= stream.size());
    f.commands.abandon(f.state);
    f.output.clear();
  }
}
