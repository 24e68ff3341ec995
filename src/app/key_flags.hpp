// The table of keys as flags of a subcommand.
#pragma once

#include <string>
#include <string_view>
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
  // The keys at the top of the study and those of `tables`. Where an earlier table has a key of the
  // same name, the flag has its table in front: --samples is that of [train], --llc-samples that of
  // [llc] and --sample-samples that of [sample], for tables train, llc and sample.
  explicit KeyFlags(const std::vector<std::string>& tables);

  // Only these keys, of the top of the study file, for commands that run no study.
  static KeyFlags of_keys(const std::vector<std::string_view>& names);

  // Adds one option per key, grouped by the tables of the study file.
  void add_to(CLI::App& command);
  // The first flag given of a key of this table; nullptr where there is none.
  const FlagValue* first_given(std::string_view table) const;
  // Only the flags that were given, in the order of the table of keys.
  std::vector<FlagValue> given() const;

 private:
  KeyFlags() = default;

  std::vector<FlagValue> values_;  // never resized after construction: CLI11 points into it
  std::vector<const CLI::Option*> options_;
  std::string group_of_top_ = "Study, top of the file";  // in the help
};

}  // namespace kgon
