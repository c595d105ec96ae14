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

/// For work on a payload that goes on in other threads; whose segment it is is found out afterwards.
inline Failure truncated_segment() {
  return Failure("ERR", "the segment was truncated by another process; FABRIC.DEALLOC it and FABRIC.ALLOC another");
}

inline Failure shutting_down() { return Failure("ERR", "the server is shutting down"); }

/// ERR with what was tried and errno's text.
inline Failure system_failure(const std::string& what) {
  return Failure("ERR", what + ": " + std::strerror(errno));
}

}  // namespace fabric
