#include "request_cursor.h"

namespace fabric {
namespace {

/// Digits of a bulk's length: a terabyte less one.
constexpr ptrdiff_t kDigitsMax = 12;
constexpr size_t kLineEndBytes = 2;

bool line_end(const char* at) { return at[0] == '\r' && at[1] == '\n'; }

}  // namespace

bool RequestCursor::next(PlainRequest& request) {
  starved_ = false;
  const char* at = at_;
  constexpr ptrdiff_t kHeaderBytes = 4;
  if (end_ - at < kHeaderBytes) {
    starved_ = at == end_ || *at == '*';
    return false;
  }
  if (at[0] != '*' || at[1] < '1' || at[1] > static_cast<char>('0' + PlainRequest::kArgumentsMax) || !line_end(at + 2)) return false;
  request.count = static_cast<unsigned>(at[1] - '0');
  at += kHeaderBytes;
  for (unsigned i = 0; i + 1 < request.count; ++i) {
    if (!argument(at, request.arguments[i])) return false;
  }
  if (!last(at, request)) return false;
  at_ = at;
  return true;
}

bool RequestCursor::header(const char*& at, uint64_t& length) {
  if (at == end_) {
    starved_ = true;
    return false;
  }
  if (*at++ != '$') return false;
  length = 0;
  const char* digits = at;
  while (at < end_ && *at >= '0' && *at <= '9') {
    if (at - digits == kDigitsMax) return false;
    length = length * 10 + static_cast<uint64_t>(*at++ - '0');
  }
  // Leading zeros are for the framer to refuse.
  if (at - digits > 1 && *digits == '0') return false;
  if (static_cast<size_t>(end_ - at) < kLineEndBytes) {
    starved_ = true;
    return false;
  }
  if (at == digits || !line_end(at)) return false;
  at += kLineEndBytes;
  return true;
}

bool RequestCursor::argument(const char*& at, std::string_view& value) {
  uint64_t length;
  if (!header(at, length)) return false;
  const auto left = static_cast<size_t>(end_ - at);
  if (left < length + kLineEndBytes) {
    starved_ = true;
    return false;
  }
  value = {at, length};
  at += length;
  if (!line_end(at)) return false;
  at += kLineEndBytes;
  return true;
}

bool RequestCursor::last(const char*& at, PlainRequest& request) {
  const char* begin = at;
  if (!header(at, request.last_bytes)) return false;
  const auto left = static_cast<size_t>(end_ - at);
  if (left < request.last_bytes && request.last_bytes > announced_bytes_min_) {
    request.arguments[request.count - 1] = {at, left};
    at = end_;
    return true;
  }
  at = begin;
  return argument(at, request.arguments[request.count - 1]);
}

}  // namespace fabric
