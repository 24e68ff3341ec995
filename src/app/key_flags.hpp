// The table of keys as flags of a subcommand.
#pragma once

#include <vector>

#include "io/study.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace kgon {

// Holds what was given on the command line; must live as long as the App parses.
class KeyFlags {
 public:
  KeyFlags();

  // Adds one option per key, grouped by the tables of the study file.
  void add_to(CLI::App& command);
  // Only the flags that were given, in the order of the table of keys.
  std::vector<FlagValue> given() const;

 private:
  std::vector<FlagValue> values_;  // never resized after construction: CLI11 points into it
  std::vector<const CLI::Option*> options_;
};

}  // namespace kgon
