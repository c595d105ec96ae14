#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace fabric {

/// What the server has found out about a type by parsing it.
struct TypeRule {
  /// The one length, or what the length is a multiple of: a row.
  uint64_t bytes;
  bool exact;
  /// NumPy's.
  std::string dtype;
  /// Without the outermost dimension where the length decides that.
  std::vector<uint64_t> dimensions;
  /// Bytes.
  std::vector<uint64_t> strides;
};

/// A type that the hot path may store and point to.
class HotType {
 public:
  HotType(std::string_view type, const TypeRule& rule);

  bool allows(uint64_t length) const { return exact_ ? length == bytes_ : length % bytes_ == 0; }
  /// Room that `append_reading` needs.
  size_t reading_bytes_max() const { return before_rows_.size() + after_rows_.size() + kRowsBytesMax; }
  /// The part of PTR's reply that says how to read a payload of so many bytes: `type` to `strides`. Returns where it ends.
  char* append_reading(char* to, uint64_t length) const;

 private:
  static constexpr size_t kRowsBytesMax = 23;

  uint64_t bytes_;
  bool exact_;
  std::string before_rows_;
  std::string after_rows_;
};

/// By the text that variables are stored with.
class HotTypes {
 public:
  HotTypes();

  void learn(const std::string& type, const TypeRule& rule) { types_.insert_or_assign(type, HotType(type, rule)); }
  /// nullptr: the server hasn't told.
  const HotType* find(std::string_view type) const;

 private:
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  std::unordered_map<std::string, HotType, Hash, std::equal_to<>> types_;
};

}  // namespace fabric
