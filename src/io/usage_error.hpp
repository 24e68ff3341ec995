// Wrong use: a study or a flag that cannot be accepted (exit code 2).
#pragma once

#include <stdexcept>

namespace kgon {

// `what()` is one sentence: where (file:line and key, or the flag), what is wrong and what would
// be right.
class UsageError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

}  // namespace kgon
