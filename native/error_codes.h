#pragma once
#include <string_view>

namespace fabric {

/// The stable codes, as src/errors.ts has them.
inline constexpr const char* kErrorCodes[] = {"ERR",    "WRONGPASS", "NOAUTH", "NOPERM", "NOPROTO", "EXISTS", "NOTFOUND", "OOM",    "INUSE",
                                              "TYPE",   "REMOTE",    "NOCOORD", "FENCED", "CONFLICT", "STALE", "OWNED",    "LAYOUT", "EXECABORT"};

/// The code of that spelling; nullptr: it is none.
inline const char* error_code(std::string_view word) {
  for (const char* code : kErrorCodes) {
    if (word == code) return code;
  }
  return nullptr;
}

}  // namespace fabric
