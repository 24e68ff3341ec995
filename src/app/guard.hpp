// Exceptions become one sentence on stderr and an exit code.
#pragma once

#include <functional>
#include <stdexcept>

namespace kgon {

// A signal ended the work before a result was written.
class Stopped : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// The exit code of `action`, or that of what it threw, after `kgon: SENTENCE` on stderr.
int guarded(const std::function<int()>& action);

}  // namespace kgon
