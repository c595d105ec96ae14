#pragma once
/// The one error of the memory layer: a stable code (see src/errors.ts) and a sentence for the user.
#include <cerrno>
#include <cstring>
#include <exception>
#include <string>
#include <utility>

namespace fabric {

class Failure : public std::exception {
 public:
  Failure(const char* code, std::string message) : code_(code), message_(std::move(message)) {}
  const char* code() const noexcept { return code_; }
  const std::string& message() const noexcept { return message_; }
  const char* what() const noexcept override { return message_.c_str(); }

 private:
  const char* code_;
  std::string message_;
};

/// A segment was truncated by another process.
class Damage final : public Failure {
 public:
  explicit Damage(std::string message) : Failure("ERR", std::move(message)) {}
};

/// ERR with what was tried and errno's text.
inline Failure system_failure(const std::string& what) {
  return Failure("ERR", what + ": " + std::strerror(errno));
}

}  // namespace fabric
