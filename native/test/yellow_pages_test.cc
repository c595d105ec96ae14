#include "yp/yellow_pages.h"

#include <set>

#include "check.h"
#include "code_of.h"
#include "yellow_pages_model.h"

using namespace fabric;
using namespace fabric::yp;
using fabric::test::code_of;
using fabric::test::ModelGiven;
using fabric::test::ModelPlace;
using fabric::test::ModelVariable;
using fabric::test::random_between;
using fabric::test::YellowModel;

namespace {

constexpr uint64_t kRegionBytes = 64 << 20;
constexpr uint32_t kNodes = 10;

std::string node_name(uint64_t i) { return "node-" + std::to_string(i); }

ModelGiven random_place() {
  const std::string node = node_name(random_between(0, kNodes - 1));
  return {node, "/fabric." + node + ".s000" + std::to_string(random_between(1, 3)), 64 * random_between(0, 1000),
          static_cast<uint32_t>(random_between(0, 4))};
}

std::vector<ModelGiven> random_places() {
  std::map<std::string, ModelGiven> places;
  for (uint64_t i = random_between(1, kPlacementsMax); i > 0; --i) {
    const ModelGiven place = random_place();
    places.emplace(place.node, place);
  }
  std::vector<ModelGiven> list;
  for (const auto& [node, place] : places) list.push_back(place);
  return list;
}

Place place_of(const ModelGiven& given) { return {given.node, given.shared_id, given.offset, given.generation}; }

std::vector<Place> places_of(const std::vector<ModelGiven>& given) {
  std::vector<Place> places;
  for (const ModelGiven& one : given) places.push_back(place_of(one));
  return places;
}

/// Binary, of all lengths.
std::vector<std::string> some_names() {
  std::vector<std::string> names = {std::string(1, '\0'), std::string(512, 'x'), std::string("a\0b", 3), "default/x"};
  while (names.size() < 60) {
    std::string name(random_between(1, names.size() % 8 == 0 ? 512 : 40), ' ');
    for (char& c : name) c = static_cast<char>(random_between(0, 255));
    names.push_back(name);
  }
  return names;
}

void check_record(const YellowPages& pages, const Record* record, const ModelVariable& model) {
  CHECK(record != nullptr);
  CHECK(record->state == model.state);
  CHECK_EQ(record->xid, model.xid);
  CHECK_EQ(record->length, model.length);
  CHECK_EQ(record->crc32c, model.crc32c);
  size_t places = 0;
  pages.each_place(*record, [&](const Place& place) {
    ++places;
    const auto expected = model.places.find(std::string(place.node));
    CHECK(expected != model.places.end());
    CHECK_EQ(place.shared_id, expected->second.shared_id);
    CHECK_EQ(place.offset, model.state == State::kClaimed ? model.deadline_ms : expected->second.offset);
    CHECK_EQ(place.generation, expected->second.generation);
  });
  CHECK_EQ(places, model.places.size());
}

void check_counts(const YellowPages& pages, const YellowModel& model) {
  std::map<std::string, NodeCounts> counts;
  std::array<uint64_t, 5> states{};
  const auto count = [&](const ModelVariable& variable) {
    ++states[static_cast<size_t>(variable.state)];
    for (const auto& [node, place] : variable.places) {
      NodeCounts& of = counts[node];
      if (variable.state == State::kClaimed) ++of.claims;
      if (variable.state == State::kRemoved) ++of.tombstones;
      if (variable.state == State::kConflict) ++of.conflicts;
      if (variable.state != State::kSealed) continue;
      ++of.variables;
      of.bytes += variable.length;
    }
  };
  for (const auto& [name, variable] : model.published) count(variable);
  for (const auto& [version, variable] : model.unpublished) count(variable);
  for (size_t i = 1; i < states.size(); ++i) CHECK_EQ(pages.count(static_cast<State>(i)), states[i]);
  for (const auto& node : pages.directory().nodes()) {
    const NodeCounts& expected = counts[node.name];
    CHECK_EQ(node.counts.variables, expected.variables);
    CHECK_EQ(node.counts.bytes, expected.bytes);
    CHECK_EQ(node.counts.claims, expected.claims);
    CHECK_EQ(node.counts.tombstones, expected.tombstones);
    CHECK_EQ(node.counts.conflicts, expected.conflicts);
  }
}

void check_all(YellowPages& pages, YellowModel& model, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto found = model.published.find(name);
    const Record* record = pages.published(name);
    CHECK_EQ(record != nullptr, found != model.published.end());
    if (record) check_record(pages, record, found->second);
  }
  for (const auto& [version, variable] : model.unpublished) {
    check_record(pages, pages.find(version.first, version.second), variable);
  }
  std::set<std::string> sealed;
  uint64_t cursor = 0;
  do {
    cursor = pages.scan(cursor, [&](const Record& record) { CHECK(sealed.emplace(record.name()).second); });
  } while (cursor != 0);
  CHECK_EQ(sealed.size(), pages.variables());
  std::set<YellowModel::Version> unpublished;
  do {
    cursor = pages.scan_unpublished(cursor, [&](const Record& record) {
      CHECK(unpublished.emplace(std::string(record.name()), record.xid).second);
    });
  } while (cursor != 0);
  CHECK_EQ(unpublished.size(), model.unpublished.size());
  check_counts(pages, model);
}

Adopted adopt(YellowPages& pages, const std::string& name, uint64_t xid, Content content, const ModelGiven& given) {
  Directory& directory = pages.directory();
  const uint32_t segment = directory.acquire_segment(directory.node(given.node), given.shared_id);
  const Adopted adopted = pages.adopt(pages.hashed(name), xid, content, segment, given.offset, given.generation);
  directory.release_segment(segment);
  return adopted;
}

void drop_all(YellowPages& pages, const std::string& node, bool unconfirmed_only, uint64_t budget) {
  uint64_t cursor = 0;
  do {
    cursor = pages.drop(node, unconfirmed_only, cursor, budget);
  } while (cursor != 0);
}

/// One random change of both.
void change(YellowPages& pages, YellowModel& model, const std::vector<std::string>& names, uint64_t& clock_ms) {
  const std::string& name = names[random_between(0, names.size() - 1)];
  const uint64_t xid = random_between(1, 6);
  // Of an xid all copies are alike, but for those that are damaged.
  const Content content = {xid * 100, static_cast<uint32_t>(random_between(0, 20) == 0 ? 7 : xid)};
  const Content right = {xid * 100, static_cast<uint32_t>(xid)};
  const auto places = random_places();
  const uint64_t deadline_ms = clock_ms + random_between(1, 20);
  clock_ms += random_between(0, 2);
  switch (random_between(0, 13)) {
    case 0:
    case 1: {
      const std::string code = model.claim(name, xid, places[0].node, deadline_ms, clock_ms);
      CHECK_EQ(code_of([&] { pages.claim(name, xid, places[0].node, deadline_ms, clock_ms); }), code);
      return;
    }
    case 2: CHECK_EQ(pages.renew(name, xid, deadline_ms, clock_ms), model.renew(name, xid, deadline_ms, clock_ms)); return;
    case 3: CHECK_EQ(pages.withdraw(name, xid), model.withdraw(name, xid)); return;
    case 4: {
      if (const auto* found = model.version(name, xid); found && found->state == State::kSealed) {
        // Nine copies are an error halfway; those are tried by add_place.
        std::set<std::string> nodes;
        for (const auto& [node, place] : found->places) nodes.insert(node);
        for (const auto& place : places) nodes.insert(place.node);
        if (nodes.size() > kPlacementsMax) return;
      }
      CHECK_EQ(pages.commit(name, xid, right, places_of(places), clock_ms), model.commit(name, xid, right, places, clock_ms));
      return;
    }
    case 5: {
      const auto former = random_between(0, 1) ? std::optional(random_between(1, 6)) : std::nullopt;
      if (const auto* found = model.version(name, xid); found && found->state != State::kRemoved) return;
      const auto expected = model.replace(name, xid, right, places, former, clock_ms);
      std::optional<bool> replaced;
      const auto code = code_of([&] { replaced = pages.replace(name, xid, right, places_of(places), former, clock_ms); });
      CHECK_EQ(code, expected ? "" : "EXISTS");
      CHECK(replaced == expected);
      return;
    }
    case 6: {
      const auto expected = model.add_place(name, xid, places[0]);
      std::optional<bool> added;
      CHECK_EQ(code_of([&] { added = pages.add_place(name, xid, place_of(places[0])); }), expected ? "" : "ERR");
      CHECK(added == expected);
      return;
    }
    case 7: CHECK_EQ(pages.move_place(name, xid, place_of(places[0])), model.move_place(name, xid, places[0])); return;
    case 8: CHECK(pages.remove_place(name, xid, places[0].node) == model.remove_place(name, xid, places[0].node)); return;
    case 9: {
      const auto only = random_between(0, 1) ? std::optional(xid) : std::nullopt;
      CHECK_EQ(pages.remove(name, only), model.remove(name, only));
      return;
    }
    case 10: CHECK(pages.acknowledge(name, xid, places[0].node) == model.acknowledge(name, xid, places[0].node)); return;
    case 11: {
      const auto expected = model.publish(name, xid);
      std::optional<bool> published;
      CHECK_EQ(code_of([&] { published = pages.publish(name, xid); }), expected ? "" : "EXISTS");
      CHECK(published == expected);
      return;
    }
    default: CHECK(adopt(pages, name, xid, content, places[0]) == model.adopt(name, xid, content, places[0])); return;
  }
}

}  // namespace

TEST(yellow_pages_agree_with_maps) {
  YellowPages pages(kRegionBytes);
  YellowModel model;
  const auto names = some_names();
  uint64_t clock_ms = 1000;
  for (int step = 0; step < 60000; ++step) {
    change(pages, model, names, clock_ms);
    const std::string node = node_name(random_between(0, kNodes - 1));
    switch (random_between(0, 2000)) {
      case 0:
        drop_all(pages, node, false, random_between(1, 50));
        model.drop(node, false);
        break;
      case 1:
      case 2:
        pages.begin_inventory(node);
        model.rounds[node] = (model.rounds[node] + 1) % kRounds;
        break;
      case 3:
      case 4:
        drop_all(pages, node, true, random_between(1, 50));
        model.drop(node, true);
        break;
      case 5: {
        uint64_t cursor = 0;
        do {
          cursor = pages.lapse(cursor, 7, clock_ms);
        } while (cursor != 0);
        model.lapse(clock_ms);
        break;
      }
      default: break;
    }
    if (step % 250 == 0) check_all(pages, model, names);
  }
  check_all(pages, model, names);
  for (uint32_t i = 0; i < kNodes; ++i) drop_all(pages, node_name(i), false, 10);
  for (const auto& node : pages.directory().nodes()) {
    CHECK_EQ(node.counts.variables + node.counts.claims + node.counts.tombstones + node.counts.conflicts, uint64_t{0});
  }
  CHECK_EQ(pages.variables(), uint64_t{0});
}

TEST(yellow_pages_scan_sees_what_stays_while_they_grow) {
  YellowPages pages(kRegionBytes);
  const ModelGiven given = {"alpha", "/fabric.alpha.s0001", 64, 1};
  const auto name_of = [](uint64_t i) { return "default/" + std::to_string(i); };
  for (uint64_t i = 0; i < 5000; ++i) CHECK(adopt(pages, name_of(i), i + 1, {1, 1}, given) == Adopted::kPublished);
  std::set<std::string> seen;
  uint64_t cursor = 0;
  uint64_t next = 5000;
  do {
    cursor = pages.scan(cursor, [&](const Record& record) { seen.emplace(record.name()); });
    for (int i = 0; i < 10 && next < 60000; ++i, ++next) adopt(pages, name_of(next), next + 1, {1, 1}, given);
  } while (cursor != 0);
  CHECK_EQ(next, uint64_t{60000});
  for (uint64_t i = 0; i < 5000; ++i) CHECK(seen.count(name_of(i)) == 1);
  // Nothing is lost, and what is given back is used again.
  const uint64_t bytes = pages.bytes();
  drop_all(pages, "alpha", false, 100);
  CHECK_EQ(pages.variables(), uint64_t{0});
  for (uint64_t i = 0; i < next; ++i) adopt(pages, name_of(i), i + 1, {1, 1}, given);
  CHECK_EQ(pages.variables(), next);
  CHECK(pages.bytes() <= bytes + (1 << 20));
}

TEST(yellow_pages_keep_many_tombstones_of_one_name_apart) {
  YellowPages pages(kRegionBytes);
  const Place place = {"alpha", "/fabric.alpha.s0001", 0, 1};
  for (uint64_t xid = 1; xid <= 50000; ++xid) {
    CHECK(pages.replace("x", xid, {8, 1}, {&place, 1}, std::nullopt, 0));
  }
  CHECK_EQ(pages.count(State::kRemoved), uint64_t{49999});
  for (uint64_t xid = 1; xid < 50000; ++xid) CHECK(pages.acknowledge("x", xid, "alpha") == std::optional<uint32_t>(0));
  CHECK_EQ(pages.count(State::kRemoved), uint64_t{0});
  CHECK_EQ(pages.published("x")->xid, uint64_t{50000});
}

TEST(yellow_pages_refuse_what_cannot_be) {
  YellowPages pages(kRegionBytes);
  const Place good = {"alpha", "/fabric.alpha.s0001", 0, 1};
  const auto replace = [&](std::string_view name, uint64_t xid, std::vector<Place> places) {
    return code_of([&] { pages.replace(name, xid, {8, 1}, places, std::nullopt, 0); });
  };
  CHECK_EQ(replace("", 1, {good}), "ERR");
  CHECK_EQ(replace(std::string(513, 'x'), 1, {good}), "ERR");
  CHECK_EQ(replace("x", 0, {good}), "ERR");
  CHECK_EQ(replace("x", kXidMax + 1, {good}), "ERR");
  CHECK_EQ(replace("x", 1, {}), "ERR");
  CHECK_EQ(replace("x", 1, {good, good}), "ERR");
  CHECK_EQ(replace("x", 1, {good, {"Beta", "/s", 0, 1}}), "ERR");
  CHECK_EQ(replace("x", 1, {good, {"beta", "/s/..", 0, 1}}), "ERR");
  CHECK_EQ(replace("x", 1, {good, {"beta", "", 0, 1}}), "ERR");
  CHECK_EQ(code_of([&] { pages.drop("alpha", false, uint64_t{1} << 33, 1); }), "ERR");
  CHECK_EQ(pages.variables(), uint64_t{0});
  CHECK_EQ(replace("x", kXidMax, {good}), "");
  CHECK_EQ(pages.published("x")->xid, kXidMax);
}

TEST(yellow_pages_that_are_full_say_so_and_stay_whole) {
  YellowPages pages(1 << 20);
  const ModelGiven given = {"alpha", "/fabric.alpha.s0001", 64, 1};
  const std::string tail(400, 'x');
  uint64_t count = 0;
  const auto fill = [&] { return code_of([&] { adopt(pages, std::to_string(count) + tail, count + 1, {1, 1}, given); }); };
  while (fill().empty()) ++count;
  CHECK_EQ(fill(), "OOM");
  CHECK_EQ(pages.variables(), count);
  CHECK_EQ(pages.directory().nodes()[0].counts.variables, count);
  CHECK(pages.remove_place("0" + tail, 1, "alpha") == std::optional<uint32_t>(0));
  CHECK_EQ(fill(), "");
}
