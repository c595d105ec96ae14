#include "request_cursor.h"

#include <cstring>

namespace fabric {
namespace {

/// Digits of a bulk's length: arguments are names and words, so three are plenty.
constexpr int kDigitsMax = 3;

bool line_end(const char* at) { return at[0] == '\r' && at[1] == '\n'; }

}  // namespace

bool RequestCursor::next(PlainRequest& request) {
  starved_ = false;
  const char* at = at_;
  constexpr ptrdiff_t kHeader = 4;
  if (end_ - at < kHeader) {
    starved_ = at == end_ || *at == '*';
    return false;
  }
  if (at[0] != '*' || (at[1] != '1' && at[1] != '2') || !line_end(at + 2)) return false;
  request.count = static_cast<unsigned>(at[1] - '0');
  at += kHeader;
  if (!bulk(at, request.command)) return false;
  if (request.count == 2 && !bulk(at, request.argument)) return false;
  at_ = at;
  return true;
}

bool RequestCursor::bulk(const char*& at, std::string_view& value) {
  if (at == end_) {
    starved_ = true;
    return false;
  }
  if (*at++ != '$') return false;
  size_t length = 0;
  const char* digits = at;
  while (at < end_ && *at >= '0' && *at <= '9') {
    if (at - digits == kDigitsMax) return false;
    length = length * 10 + static_cast<size_t>(*at++ - '0');
  }
  // Leading zeros are for the framer to refuse.
  if (at - digits > 1 && *digits == '0') return false;
  const auto left = static_cast<size_t>(end_ - at);
  if (left < 2 + length + 2) {
    starved_ = true;
    return false;
  }
  if (at == digits || !line_end(at)) return false;
  value = {at + 2, length};
  at += 2 + length;
  if (!line_end(at)) return false;
  at += 2;
  return true;
}

}  // namespace fabric
