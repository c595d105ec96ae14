#include "compaction.h"
#include "failure.h"
#include "store.h"

namespace fabric {

using layout::Descriptor;
using layout::State;
using layout::Word;

namespace {

/// Keeps one look at a segment of a million extents short.
constexpr int kExtentsPerLook = 2000;

}  // namespace

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
  return begin_move(entry, index, planned->to_node);
}

PendingMove Store::begin_move(Entry entry, uint16_t to_segment, uint32_t to_node) {
  use(entry);
  const Descriptor& d = catalog_.descriptor(entry);
  const Segment& there = segment_at(to_segment);
  return {entry, to_segment, to_node, d.length, segment_of(entry).data() + d.offset, there.data() + there.extents().offset(to_node)};
}

void Store::close_segment(std::string_view shared_id, bool closed) {
  Segment& here = segment_at(index_of(shared_id));
  here.evacuation.reset();
  if (!closed) return;
  here.evacuation = std::make_unique<ExtentAllocator::Cursor>(here.extents());
  here.evacuation->node = here.extents().first();
}

std::optional<PendingMove> Store::plan_evacuation(std::string_view shared_id, bool& more) {
  Segment& here = segment_at(index_of(shared_id));
  more = false;
  if (!here.evacuation || here.damaged) return std::nullopt;
  uint32_t& node = here.evacuation->node;
  for (int looked = 0; node != kNoNode; node = here.extents().next(node)) {
    if (++looked > kExtentsPerLook) {
      more = true;
      return std::nullopt;
    }
    if (here.extents().is_free(node) || !movable(here.extents().owner(node))) continue;
    const Entry entry = here.extents().owner(node);
    const uint64_t length = catalog_.descriptor(entry).length;
    const auto to = allocate(length, entry);
    if (!to) fail_full(length);
    node = here.extents().next(node);
    return begin_move(entry, to->first, to->second.node);
  }
  return std::nullopt;
}

bool Store::finish_move(const PendingMove& move, bool copied, uint64_t now_ms) {
  const Entry entry = move.entry;
  const uint16_t from_segment = catalog_.word(entry).segment;
  Segment& here = segment_at(from_segment);
  Segment& there = segment_at(move.to_segment);
  // Held since the plan, so the entry is still this variable's; it may have been pinned or removed meanwhile.
  const bool alone = state(entry) == State::kSealed && private_[entry].uses == 1;
  unuse(entry, now_ms);
  if (!copied) (there.intact() ? here : there).damaged = true;
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
    there.release(move.to_node);
    return false;
  }
  const uint32_t from_node = private_[entry].node;
  const uint64_t from_offset = catalog_.descriptor(entry).offset;
  ++word.generation;
  word.segment = move.to_segment;
  word.flags &= static_cast<uint8_t>(~layout::kExposed);
  std::vector<WordStore> stores = {{entry, &Descriptor::word, layout::pack(word)},
                                   {entry, &Descriptor::offset, there.extents().offset(move.to_node)}};
  if (ghost) {
    catalog_.fill(*ghost, {.offset = from_offset, .length = move.length});
    stores.push_back({*ghost, &Descriptor::word, layout::pack({State::kRemoved, layout::kExposed, from_segment, 0})});
  }
  catalog_.commit(stores);
  --here.variables;
  ++there.variables;
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
