#include "hot_reads.h"

#include <charconv>
#include <cstring>

#include "clock.h"
#include "guarded_copy.h"
#include "net/payload_hold.h"

namespace fabric {
namespace {

/// A shorter payload costs less to copy than to hold until it is sent.
constexpr uint64_t kCopiedBytesMax = 4096;
constexpr std::string_view kDefaultNamespace = "default/";

/// A reply under construction; its owner knows that it fits.
class Line {
 public:
  explicit Line(uint8_t* to) : begin_(reinterpret_cast<char*>(to)), at_(begin_) {}

  Line& text(std::string_view value) {
    std::memcpy(at_, value.data(), value.size());
    at_ += value.size();
    return *this;
  }
  Line& number(char kind, uint64_t value) {
    *at_++ = kind;
    at_ = std::to_chars(at_, at_ + kNumberBytes, value).ptr;
    return text("\r\n");
  }
  Line& bulk(std::string_view value) { return number('$', value.size()).text(value).text("\r\n"); }
  size_t bytes() const { return static_cast<size_t>(at_ - begin_); }

  /// Kind, digits and line end.
  static constexpr size_t kNumberBytes = 23;

 private:
  char* begin_;
  char* at_;
};

/// `word` is in lower case.
bool is(std::string_view given, std::string_view word) {
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = given[i];
    if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != word[i]) return false;
  }
  return true;
}

/// In the one spelling that the catalog has. Others, and what is no name at all, are for the server.
bool plain(std::string_view name) {
  if (name.empty() || name.size() > layout::kNameBytesMax) return false;
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos) return true;
  return slash != 0 && slash != name.size() - 1 && !name.starts_with(kDefaultNamespace);
}

}  // namespace

HotReads::HotReads(std::weak_ptr<Store> store, PayloadAccess& payloads, std::string node)
    : weak_store_(std::move(store)), payloads_(payloads), node_(std::move(node)) {}

HotPath::Answered HotReads::answer(HotState& state, const uint8_t* bytes, size_t length, OutputQueue& output,
                                   size_t output_bytes_max) {
  if (!allowed_ || state.protocol == 0) return {};
  const std::shared_ptr<Store> store = weak_store_.lock();
  if (!store) return {};
  store_ = store.get();
  const uint64_t begun_ns = monotonic_ns();
  const size_t output_before = output.bytes();
  RequestCursor cursor(bytes, length);
  std::array<Pending, kBatch> batch;
  uint64_t calls[HotCounts::kCommands] = {};
  uint64_t total = 0;
  size_t answered = 0;
  bool whole = true;
  for (size_t count = kBatch; whole && count == kBatch;) {
    count = read(cursor, batch);
    prefetch(batch.data(), count);
    for (size_t i = 0; i < count; ++i) {
      whole = output.bytes() <= output_bytes_max && execute(batch[i], state.protocol, output);
      if (!whole) break;
      answered = batch[i].end;
      state.command = kNames[batch[i].command];
      ++calls[batch[i].command];
      ++total;
    }
  }
  store_ = nullptr;
  counts_.input_bytes += answered;
  counts_.output_bytes += output.bytes() - output_before;
  const uint64_t each_ns = total == 0 ? 0 : (monotonic_ns() - begun_ns) / total;
  for (size_t i = 0; i < HotCounts::kCommands; ++i) {
    counts_.calls[i] += calls[i];
    counts_.nanoseconds[i] += calls[i] * each_ns;
  }
  return {answered, whole && cursor.starved()};
}

size_t HotReads::read(RequestCursor& cursor, std::array<Pending, kBatch>& batch) const {
  size_t count = 0;
  PlainRequest request;
  for (; count < kBatch; ++count) {
    RequestCursor ahead = cursor;
    const bool found = ahead.next(request);
    if (!found) {
      cursor = ahead;
      return count;
    }
    Pending& pending = batch[count];
    pending.bare = request.count == 1;
    switch (request.command.size()) {
      case 3:
        if (!is(request.command, "get")) return count;
        pending.command = kGet;
        break;
      case 4:
        if (!is(request.command, "ping")) return count;
        pending.command = kPing;
        break;
      case 6:
        if (is(request.command, "exists")) {
          pending.command = kExists;
        } else if (is(request.command, "strlen")) {
          pending.command = kStrlen;
        } else {
          return count;
        }
        break;
      case 13:
        if (!is(request.command, "fabric.locate")) return count;
        pending.command = kLocate;
        break;
      default:
        return count;
    }
    if (pending.command == kPing) {
      pending.argument = {request.argument, 0};
    } else {
      if (pending.bare || !plain(request.argument)) return count;
      pending.argument = store_->hashed(request.argument);
      store_->prefetch(pending.argument);
    }
    cursor = ahead;
    pending.end = cursor.position();
  }
  return count;
}

void HotReads::prefetch(const Pending* batch, size_t count) const {
  if (count < 2) return;
  std::array<std::optional<Entry>, kBatch> likely;
  for (size_t i = 0; i < count; ++i) {
    likely[i] = batch[i].command == kPing ? std::nullopt : store_->likely(batch[i].argument);
    if (likely[i]) store_->prefetch_descriptor(*likely[i]);
  }
  for (size_t i = 0; i < count; ++i) {
    if (likely[i]) store_->prefetch_name(*likely[i]);
  }
}

bool HotReads::execute(const Pending& request, uint8_t protocol, OutputQueue& output) {
  if (request.command == kPing) {
    if (request.bare) {
      output.append("+PONG\r\n");
    } else {
      uint8_t* room = output.room(request.argument.name.size() + Line::kNumberBytes + 2);
      output.grow(Line(room).bulk(request.argument.name).bytes());
    }
    return true;
  }
  const std::optional<Entry> entry = store_->find(request.argument);
  bool done = true;
  switch (request.command) {
    case kPing:
      break;
    case kExists:
      output.append(entry ? ":1\r\n" : ":0\r\n");
      break;
    case kStrlen:
      output.grow(Line(output.room(Line::kNumberBytes)).number(':', entry ? store_->catalog().descriptor(*entry).length : 0).bytes());
      break;
    case kGet:
    case kLocate:
      if (!entry) {
        output.append(protocol == 3 ? "_\r\n" : "$-1\r\n");
      } else {
        done = request.command == kGet ? send_payload(*entry, output) : send_location(*entry, output);
      }
      break;
  }
  if (done) ++(entry ? counts_.hits : counts_.misses);
  return done;
}

bool HotReads::send_payload(Entry entry, OutputQueue& output) {
  const layout::Descriptor& d = store_->catalog().descriptor(entry);
  const uint64_t length = d.length;
  if (length > kCopiedBytesMax) {
    const uint8_t* payload = store_->hold(entry, 0, length);
    if (payload == nullptr) return false;
    output.grow(Line(output.room(Line::kNumberBytes)).number('$', length).bytes());
    output.append(payload, length, std::make_unique<PayloadHold>(payloads_, entry));
    output.append("\r\n");
    return true;
  }
  uint8_t* room = output.room(Line::kNumberBytes + length + 2);
  const size_t header_bytes = Line(room).number('$', length).bytes();
  uint8_t* to = room + header_bytes;
  // On failure nothing has been queued, and the server says what is wrong.
  if (!guarded_copy(to, store_->segment_of(entry).data() + d.offset, length)) return false;
  std::memcpy(to + length, "\r\n", 2);
  output.grow(header_bytes + length + 2);
  return true;
}

bool HotReads::send_location(Entry entry, OutputQueue& output) {
  const Location at = store_->locate(entry);
  const std::string& shared_id = at.segment->shared_id();
  constexpr size_t kNumbers = 6;
  constexpr std::string_view kHead = "*1\r\n*6\r\n";
  Line line(output.room(kHead.size() + node_.size() + shared_id.size() + 4 + kNumbers * Line::kNumberBytes));
  line.text(kHead).bulk(node_).bulk(shared_id);
  line.number(':', at.offset).number(':', at.length).number(':', at.xid).number(':', at.generation);
  output.grow(line.bytes());
  return true;
}

HotCounts HotReads::take_counts() { return std::exchange(counts_, {}); }

}  // namespace fabric
