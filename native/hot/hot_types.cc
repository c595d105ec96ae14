#include "hot_types.h"

#include <charconv>
#include <cstring>

namespace fabric {
namespace {

void add_number(std::string& to, char kind, uint64_t value) { to += kind + std::to_string(value) + "\r\n"; }

void add_text(std::string& to, std::string_view text) {
  add_number(to, '$', text.size());
  to.append(text).append("\r\n");
}

void add_numbers(std::string& to, const std::vector<uint64_t>& values) {
  for (const uint64_t value : values) add_number(to, ':', value);
}

char* copy(char* to, const std::string& text) {
  std::memcpy(to, text.data(), text.size());
  return to + text.size();
}

}  // namespace

HotType::HotType(std::string_view type, const TypeRule& rule) : bytes_(rule.bytes), exact_(rule.exact) {
  add_text(before_rows_, "type");
  add_text(before_rows_, type);
  add_text(before_rows_, "dtype");
  add_text(before_rows_, rule.dtype);
  add_text(before_rows_, "shape");
  add_number(before_rows_, '*', rule.dimensions.size() + (exact_ ? 0 : 1));
  add_numbers(after_rows_, rule.dimensions);
  add_text(after_rows_, "strides");
  add_number(after_rows_, '*', rule.strides.size());
  add_numbers(after_rows_, rule.strides);
}

char* HotType::append_reading(char* to, uint64_t length) const {
  to = copy(to, before_rows_);
  if (!exact_) {
    *to++ = ':';
    to = std::to_chars(to, to + kRowsBytesMax, length / bytes_).ptr;
    *to++ = '\r';
    *to++ = '\n';
  }
  return copy(to, after_rows_);
}

HotTypes::HotTypes() { learn("bytes", {1, false, "|u1", {}, {1}}); }

const HotType* HotTypes::find(std::string_view type) const {
  const auto found = types_.find(type);
  return found == types_.end() ? nullptr : &found->second;
}

}  // namespace fabric
