#pragma once
#include <string_view>

#include "layout.h"

namespace fabric {

/// A name in the one spelling that the catalog has. Others, and what is no name at all, are for the server.
inline bool plain_name(std::string_view name) {
  if (name.empty() || name.size() > layout::kNameBytesMax) return false;
  const size_t slash = name.find('/');
  if (slash == std::string_view::npos) return true;
  return slash != 0 && slash != name.size() - 1 && !name.starts_with("default/");
}

/// `word` is in lower case.
inline bool is_word(std::string_view given, std::string_view word) {
  if (given.size() != word.size()) return false;
  for (size_t i = 0; i < word.size(); ++i) {
    const char c = given[i];
    if ((c >= 'A' && c <= 'Z' ? c | 0x20 : c) != word[i]) return false;
  }
  return true;
}

}  // namespace fabric
