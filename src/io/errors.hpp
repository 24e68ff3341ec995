// What can go wrong with files; every message is one sentence that names the file.
#pragma once

#include <stdexcept>

namespace kgon {

// A file cannot be written: no such directory, no permission, disk full, a failed call.
class IoError : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  static constexpr int exit_code = 70;
};

// An input file is missing, truncated, foreign, or does not fit what is asked of it.
class UnusableFile : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  static constexpr int exit_code = 65;
};

}  // namespace kgon
