#pragma once
/// The yellow pages as plain maps: slow and obvious.
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "yp/yellow_pages.h"

namespace fabric::test {

struct ModelPlace {
  std::string shared_id;
  uint64_t offset;
  uint32_t generation;
  uint32_t round;
  bool operator==(const ModelPlace&) const = default;
};

struct ModelVariable {
  yp::State state;
  uint64_t xid;
  uint64_t length = 0;
  uint32_t crc32c = 0;
  uint64_t deadline_ms = 0;
  /// By node; of a claim the node alone.
  std::map<std::string, ModelPlace> places;
};

struct ModelGiven {
  std::string node;
  std::string shared_id;
  uint64_t offset;
  uint32_t generation;
};

/// Answers as YellowPages does; where that throws, `refused` is set.
class YellowModel {
 public:
  using State = yp::State;
  using Version = std::pair<std::string, uint64_t>;

  std::map<std::string, ModelVariable> published;
  std::map<Version, ModelVariable> unpublished;
  std::map<std::string, uint32_t> rounds;

  /// The code that is thrown, or none.
  std::string claim(const std::string& name, uint64_t xid, const std::string& node, uint64_t deadline_ms, uint64_t now_ms) {
    if (unpublished.count({name, xid})) return "STALE";
    if (auto* former = of(name)) {
      if (former->state == State::kSealed) return "EXISTS";
      if (former->xid == xid) {
        former->deadline_ms = deadline_ms;
        return "";
      }
      if (former->deadline_ms > now_ms) return "EXISTS";
    }
    published[name] = {State::kClaimed, xid, 0, 0, deadline_ms, {{node, {"", deadline_ms, 0, 0}}}};
    return "";
  }
  bool renew(const std::string& name, uint64_t xid, uint64_t deadline_ms, uint64_t now_ms) {
    auto* claim = claimed(name, xid, now_ms);
    if (claim) claim->deadline_ms = deadline_ms;
    return claim;
  }
  bool withdraw(const std::string& name, uint64_t xid) { return claimed(name, xid, 0) && published.erase(name) == 1; }
  bool commit(const std::string& name, uint64_t xid, yp::Content content, const std::vector<ModelGiven>& given, uint64_t now_ms) {
    auto* found = of(name);
    if (!found || found->xid != xid) return false;
    if (found->state == State::kSealed) {
      for (const auto& place : given) merge(*found, place);
      return true;
    }
    if (!claimed(name, xid, now_ms)) return false;
    *found = sealed(xid, content, given);
    return true;
  }
  /// Nothing where EXISTS is thrown.
  std::optional<bool> replace(const std::string& name, uint64_t xid, yp::Content content, const std::vector<ModelGiven>& given,
                              std::optional<uint64_t> former, uint64_t now_ms) {
    auto* found = of(name);
    if (found && found->xid == xid) return commit(name, xid, content, given, now_ms);
    if (unpublished.count({name, xid})) return false;
    const bool is_sealed = found && found->state == State::kSealed;
    if (former && (!is_sealed || found->xid != *former)) return false;
    if (found && !is_sealed && found->deadline_ms > now_ms) return std::nullopt;
    if (is_sealed) bury(name);
    published[name] = sealed(xid, content, given);
    return true;
  }
  /// Nothing where ERR is thrown.
  std::optional<bool> add_place(const std::string& name, uint64_t xid, const ModelGiven& given) {
    auto* found = version(name, xid);
    if (!found || found->state == State::kClaimed) return false;
    if (!merge(*found, given)) return std::nullopt;
    return true;
  }
  bool move_place(const std::string& name, uint64_t xid, const ModelGiven& given) {
    auto* found = version(name, xid);
    if (!found || found->state == State::kClaimed || !found->places.count(given.node)) return false;
    if (found->places[given.node].generation > given.generation) return false;
    return merge(*found, given);
  }
  std::optional<uint32_t> remove_place(const std::string& name, uint64_t xid, const std::string& node) {
    auto* found = version(name, xid);
    if (!found || found->state == State::kClaimed || found->state == State::kRemoved) return std::nullopt;
    return take(name, xid, node);
  }
  bool remove(const std::string& name, std::optional<uint64_t> xid) {
    auto* found = of(name);
    if (found && found->state == State::kSealed && (!xid || found->xid == *xid)) {
      bury(name);
      return true;
    }
    const auto other = xid ? unpublished.find({name, *xid}) : unpublished.end();
    if (other == unpublished.end() || other->second.state != State::kConflict) return false;
    other->second.state = State::kRemoved;
    return true;
  }
  std::optional<uint32_t> acknowledge(const std::string& name, uint64_t xid, const std::string& node) {
    const auto found = unpublished.find({name, xid});
    if (found == unpublished.end() || found->second.state != State::kRemoved) return std::nullopt;
    return take(name, xid, node);
  }
  /// Nothing where EXISTS is thrown.
  std::optional<bool> publish(const std::string& name, uint64_t xid) {
    const auto found = unpublished.find({name, xid});
    if (found == unpublished.end() || found->second.state != State::kConflict) return false;
    if (published.count(name)) return std::nullopt;
    found->second.state = State::kSealed;
    published[name] = found->second;
    unpublished.erase(found);
    return true;
  }
  yp::Adopted adopt(const std::string& name, uint64_t xid, yp::Content content, const ModelGiven& given) {
    auto* same = version(name, xid);
    if (!same) {
      const bool taken = published.count(name) > 0;
      ModelVariable fresh = sealed(xid, content, {given});
      if (taken) {
        fresh.state = State::kConflict;
        unpublished[{name, xid}] = fresh;
        return yp::Adopted::kConflict;
      }
      published[name] = fresh;
      return yp::Adopted::kPublished;
    }
    if (same->state == State::kClaimed) {
      *same = sealed(xid, content, {given});
      return yp::Adopted::kPublished;
    }
    const bool alike = same->length == content.length && same->crc32c == content.crc32c;
    if (same->state != State::kRemoved && !alike) return yp::Adopted::kRefused;
    if (!merge(*same, given)) return yp::Adopted::kRefused;
    if (same->state == State::kRemoved) return yp::Adopted::kRemoved;
    return same->state == State::kSealed ? yp::Adopted::kPublished : yp::Adopted::kConflict;
  }
  void drop(const std::string& node, bool unconfirmed_only) {
    const auto prune = [&](ModelVariable& variable) {
      const auto place = variable.places.find(node);
      if (place == variable.places.end()) return false;
      if (unconfirmed_only && (variable.state == State::kClaimed || place->second.round == rounds[node])) return false;
      variable.places.erase(place);
      return variable.places.empty();
    };
    const auto prune_all = [&](auto& table) {
      for (auto item = table.begin(); item != table.end();) item = prune(item->second) ? table.erase(item) : std::next(item);
    };
    prune_all(published);
    prune_all(unpublished);
  }
  void lapse(uint64_t now_ms) {
    std::erase_if(published, [&](const auto& item) { return item.second.state == State::kClaimed && item.second.deadline_ms <= now_ms; });
  }
  ModelVariable* version(const std::string& name, uint64_t xid) {
    if (auto* found = of(name); found && found->xid == xid) return found;
    const auto other = unpublished.find({name, xid});
    return other == unpublished.end() ? nullptr : &other->second;
  }

 private:
  ModelVariable* of(const std::string& name) {
    const auto found = published.find(name);
    return found == published.end() ? nullptr : &found->second;
  }
  ModelVariable* claimed(const std::string& name, uint64_t xid, uint64_t now_ms) {
    auto* found = of(name);
    return found && found->state == State::kClaimed && found->xid == xid && found->deadline_ms > now_ms ? found : nullptr;
  }
  ModelPlace place(const ModelGiven& given) { return {given.shared_id, given.offset, given.generation, rounds[given.node]}; }
  ModelVariable sealed(uint64_t xid, yp::Content content, const std::vector<ModelGiven>& given) {
    ModelVariable variable = {State::kSealed, xid, content.length, content.crc32c, 0, {}};
    for (const auto& one : given) variable.places[one.node] = place(one);
    return variable;
  }
  bool merge(ModelVariable& variable, const ModelGiven& given) {
    const auto known = variable.places.find(given.node);
    if (known == variable.places.end() && variable.places.size() == yp::kPlacementsMax) return false;
    if (known != variable.places.end() && known->second.generation > given.generation) {
      known->second.round = rounds[given.node];
    } else {
      variable.places[given.node] = place(given);
    }
    return true;
  }
  void bury(const std::string& name) {
    ModelVariable variable = published[name];
    variable.state = State::kRemoved;
    unpublished[{name, variable.xid}] = variable;
    published.erase(name);
  }
  std::optional<uint32_t> take(const std::string& name, uint64_t xid, const std::string& node) {
    auto* found = version(name, xid);
    if (found->places.erase(node) == 0) return std::nullopt;
    const auto left = static_cast<uint32_t>(found->places.size());
    if (left > 0) return left;
    if (found->state == State::kSealed) {
      published.erase(name);
    } else {
      unpublished.erase({name, xid});
    }
    return left;
  }
};

}  // namespace fabric::test
