#include <unistd.h>

#include <algorithm>

#include "compaction.h"
#include "epoch_file.h"
#include "failure.h"
#include "guarded_copy.h"
#include "hash_key.h"
#include "store.h"

namespace fabric {

using layout::Descriptor;
using layout::State;
using layout::Word;

namespace {

[[noreturn]] void fail_damaged_catalog(const std::string& what) {
  throw Failure("LAYOUT", "the catalog is damaged (" + what + "); nothing was changed: save what you need from the segments, then `datafabric purge`");
}

Catalog open_catalog(const ObjectNames& names, const StoreOptions& options, bool& warm) {
  warm = Catalog::usable(names.catalog());
  if (warm) return Catalog::open(names.catalog(), options.node);
  const bool emptied = ::access(("/dev/shm" + names.catalog()).c_str(), F_OK) == 0 && !names.segments_present().empty();
  // A first start that a crash cut short has no segments yet.
  if (emptied) fail_damaged_catalog("it was truncated");
  unlink_object(names.catalog());
  return Catalog::create(names.catalog(), options.node, options.limits, options.access);
}

}  // namespace

Store::Store(const StoreOptions& options, uint64_t now_ms)
    : names_(options.prefix, options.node),
      lock_("/dev/shm" + names_.lock(), "node '" + options.node + "'"),
      state_lock_(options.state_dir + "/lock", "state_dir " + options.state_dir),
      options_(options),
      catalog_(open_catalog(names_, options, report_.warm)),
      slots_(Slots::open_or_create(names_.slots(), options.slots_max, options.access)),
      strings_(catalog_.header().string_bytes_ready,
               [this](uint64_t bytes) {
                 catalog_.grow_strings(bytes);
                 return catalog_.header().string_bytes_ready;
               }),
      index_(catalog_, random_hash_key()),
      pins_(catalog_, slots_, options.lingers),
      segments_(catalog_.header().segments_max),
      compactions_(catalog_.header().segments_max) {
  try {
    attach(options, now_ms);
  } catch (...) {
    // A start that came to nothing leaves nothing.
    if (!report_.warm) {
      unlink_object(names_.catalog());
      unlink_object(names_.slots());
    }
    throw;
  }
}

void Store::attach(const StoreOptions& options, uint64_t now_ms) {
  install_sigbus_guard();
  report_.redo_replayed = catalog_.replay();
  catalog_.repair_sequences();
  attach_segments();
  attach_entries(now_ms);
  remove_strays();
  raise_epoch_above(0);
  if (report_.warm) grace_until_ms_ = now_ms + options.restart_grace_ms;
  report_.variables = counts_.variables;
  report_.limbo = counts_.limbo;
  report_.removed = counts_.removed;
}

uint64_t Store::raise_epoch_above(uint64_t seen) {
  const layout::Header& header = catalog_.header();
  store_shared<StorePoint::epoch_raised>(header.epoch, raise_epoch(options_.state_dir, std::max(header.epoch, seen)));
  store_shared<StorePoint::xid_counter_reset>(header.xid_counter, 0);
  return header.epoch;
}

Store::~Store() = default;

void Store::attach_segments() {
  const auto records = catalog_.segments();
  for (size_t i = 0; i < records.size(); ++i) {
    if (records[i].word == 0) continue;
    const auto number = static_cast<uint32_t>(records[i].word >> 32);
    const std::string shared_id = names_.segment(number);
    try {
      ShmObject object = ShmObject::open(shared_id);
      if (object.bytes() != records[i].bytes || object.inode() != records[i].inode) {
        throw Failure("LAYOUT", shared_id + " is not the object the catalog knows");
      }
      segments_[i] = std::make_unique<Segment>(shared_id, number, std::move(object));
    } catch (const Failure& failure) {
      // Want of descriptors, memory or permission passes; what is declared lost is gone for good.
      const std::string_view code = failure.code();
      if (code != "NOTFOUND" && code != "LAYOUT") throw;
      report_.lost_segments.push_back(shared_id);
    }
  }
}

void Store::attach_entries(uint64_t now_ms) {
  const auto descriptors = catalog_.descriptors();
  private_.assign(descriptors.size(), {});
  std::vector<std::vector<Used>> used(segments_.size());
  for (Entry entry = static_cast<Entry>(descriptors.size()); entry-- > 0;) {
    const Word word = catalog_.word(entry);
    const Descriptor& d = descriptors[entry];
    if (word.state == State::kFree) {
      free_entries_.push_back(entry);
      continue;
    }
    if (word.segment >= segments_.size()) fail_damaged_catalog("descriptor " + std::to_string(entry) + " names no segment");
    if (!segments_[word.segment]) {
      catalog_.commit<StorePoint::variable_lost>(entry, {State::kFree, 0, 0, 0});
      free_entries_.push_back(entry);
      if (word.state == State::kSealed) ++report_.lost_variables;
      continue;
    }
    if (d.length > segments_[word.segment]->bytes()) {
      fail_damaged_catalog("descriptor " + std::to_string(entry) + " is longer than its segment");
    }
    const uint64_t strings = catalog_.string_bytes(entry);
    if (strings != 0 && !strings_.claim(d.strings, strings)) {
      fail_damaged_catalog("the strings of descriptor " + std::to_string(entry) + " overlap others");
    }
    used[word.segment].push_back({d.offset, extent_bytes(d.length), entry});
  }
  for (size_t i = 0; i < segments_.size(); ++i) {
    if (!segments_[i]) {
      // What is lost stays lost: the record goes, the name is not given again.
      if (catalog_.segments()[i].word != 0) store_shared<StorePoint::segment_lost>(catalog_.segments()[i].word, 0);
      continue;
    }
    std::sort(used[i].begin(), used[i].end(), [](const Used& a, const Used& b) { return a.offset < b.offset; });
    std::vector<uint32_t> nodes;
    if (!segments_[i]->extents().rebuild(used[i], nodes)) {
      fail_damaged_catalog("extents of " + segments_[i]->shared_id() + " overlap");
    }
    for (size_t k = 0; k < nodes.size(); ++k) {
      private_[used[i][k].owner].node = nodes[k];
      segments_[i]->note(nodes[k]);
    }
  }
  const auto live = [this](Entry entry, layout::PinRole role) {
    if (entry >= private_.size()) return false;
    const State is = state(entry);
    return role == layout::PinRole::kWriter ? is == State::kReserved : is == State::kSealed || is == State::kRemoved;
  };
  const auto kept = pins_.recover(now_ms, live);
  for (const PinTable::Index pin : kept) {
    if (pins_.role(pin) == layout::PinRole::kWriter) continue;
    use(pins_.entry(pin));
    ++reader_pins_[pins_.entry(pin)];
  }
  for (Entry entry = 0; entry < descriptors.size(); ++entry) {
    const Word word = catalog_.word(entry);
    switch (word.state) {
      case State::kSealed:
        index_.add_name(entry);
        index_.add_xid(entry);
        count_sealed(entry);
        break;
      case State::kReserved:
      case State::kStored: {
        if (!(word.flags & layout::kReplace)) index_.add_name(entry);
        index_.add_xid(entry);
        ++counts_.reservations;
        counts_.reserved_bytes += descriptors[entry].length;
        const auto writer = pins_.writer_of(entry);
        if (!writer) {
          // Nobody ever had its address: a payload on its way in, or a crash before the reply.
          const auto flags = static_cast<uint8_t>(word.flags & ~layout::kExposed);
          catalog_.commit<StorePoint::reservation_orphaned>(entry, {word.state, flags, word.segment, word.generation});
          abort(entry, now_ms);
        } else if (const auto kind = pins_.kind(*writer); kind != layout::OwnerKind::kSlot) {
          // A lease that still runs was promised to a writer who needn't notice the restart.
          if (kind == layout::OwnerKind::kLease && pins_.deadline_ms(*writer) > now_ms) break;
          if (!pins_.lingering(*writer)) pins_.linger(*writer, now_ms);
          enter_limbo(entry);
        }
        break;
      }
      case State::kRemoved:
        retire(entry, now_ms);
        break;
      case State::kFree:
      case State::kPaged:
        break;
    }
  }
}

void Store::remove_strays() {
  for (const std::string& name : names_.segments_present()) {
    const bool known = std::any_of(segments_.begin(), segments_.end(), [&](const auto& s) { return s && s->shared_id() == name; });
    if (!known && unlink_object(name)) report_.stray_objects.push_back(name);
  }
}

}  // namespace fabric
