#include "compaction.h"
#include "failure.h"
#include "store.h"

namespace fabric {

using layout::Descriptor;
using layout::State;
using layout::Word;

bool Store::movable(Entry entry) const { return entry < private_.size() && state(entry) == State::kSealed && private_[entry].uses == 0; }

bool Store::leaving(Entry entry) const { return entry < private_.size() && state(entry) == State::kRemoved && private_[entry].uses == 0; }

std::optional<PendingMove> Store::plan_move(std::string_view shared_id, bool first, bool& more) {
  const uint16_t index = index_of(shared_id);
  Segment& here = segment_at(index);
  auto& planner = compactions_[index];
  if (!planner) {
    planner = std::make_unique<Compaction>(
        here.extents(), [this](uint32_t owner) { return movable(owner); }, [this](uint32_t owner) { return leaving(owner); });
  }
  if (first) planner->begin();
  more = false;
  if (here.damaged) return std::nullopt;
  const auto planned = planner->next();
  more = planner->more();
  if (!planned) return std::nullopt;
  const Entry entry = here.extents().owner(planned->from_node);
  here.note(planned->to_node);
  use(entry);
  const Descriptor& d = catalog_.descriptor(entry);
  return PendingMove{entry, index, planned->to_node, d.length, here.data() + d.offset, here.data() + here.extents().offset(planned->to_node)};
}

bool Store::finish_move(const PendingMove& move, bool copied, uint64_t now_ms) {
  Segment& here = segment_at(move.segment);
  const Entry entry = move.entry;
  // Held since the plan, so the entry is still this variable's; it may have been pinned or removed meanwhile.
  const bool alone = state(entry) == State::kSealed && private_[entry].uses == 1;
  unuse(entry, now_ms);
  if (!copied) here.damaged = true;
  Word word = catalog_.word(entry);
  const bool exposed = word.flags & layout::kExposed;
  std::optional<Entry> ghost;
  if (copied && alone && exposed) {
    try {
      ghost = take_entry();
    } catch (const Failure&) {
      // Without a descriptor to quarantine the old extent under, the variable stays where it is.
    }
  }
  if (!copied || !alone || (exposed && !ghost)) {
    here.release(move.to_node);
    return false;
  }
  const uint32_t from_node = private_[entry].node;
  const uint64_t from_offset = catalog_.descriptor(entry).offset;
  ++word.generation;
  word.flags &= static_cast<uint8_t>(~layout::kExposed);
  std::vector<WordStore> stores = {{entry, &Descriptor::word, layout::pack(word)},
                                   {entry, &Descriptor::offset, here.extents().offset(move.to_node)}};
  if (ghost) {
    Descriptor& d = catalog_.begin_fill(*ghost);
    const uint32_t sequence = d.seq;
    d = {};
    d.seq = sequence;
    d.offset = from_offset;
    d.length = move.length;
    stores.push_back({*ghost, &Descriptor::word, layout::pack({State::kRemoved, layout::kExposed, move.segment, 0})});
  }
  catalog_.commit(stores);
  private_[entry].node = move.to_node;
  if (ghost) {
    here.extents().set_owner(from_node, *ghost);
    private_[*ghost] = {from_node, 0};
    retire(*ghost, now_ms);
  } else {
    here.release(from_node);
  }
  return true;
}

}  // namespace fabric
