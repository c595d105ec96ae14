#pragma once
#include <string>

#include "failure.h"

namespace fabric::test {

/// The code of the Failure that `body` throws; "" when it doesn't.
template <class Body>
std::string code_of(const Body& body) {
  try {
    body();
  } catch (const ::fabric::Failure& failure) {
    return failure.code();
  }
  return "";
}

}  // namespace fabric::test
