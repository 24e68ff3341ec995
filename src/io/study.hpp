// A study: what a TOML file and the flags say, checked against the table of keys.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "io/keys.hpp"

namespace kgon {

// A flag as it stood on the command line, once per repetition.
struct FlagValue {
  const Key* key = nullptr;
  std::vector<std::string> texts;
  std::string name = {};  // for errors, such as "--llc-batch"; Key::flag() where empty
};

// The values of one key: one, or for a sweepable key at least one.
struct Setting {
  const Key* key = nullptr;
  std::vector<Value> values;
  std::string origin;      // where it comes from, for errors: "s.toml:3: train.lr", "--lr"
  bool is_default = true;  // nobody said anything
};

class Study {
 public:
  // tables: those that the file opens.
  Study(std::vector<Setting> settings, std::set<std::string, std::less<>> tables)
      : settings_(std::move(settings)), tables_(std::move(tables)) {}

  // Every key of the table of keys, in its order.
  const std::vector<Setting>& settings() const { return settings_; }
  // The file opens this table.
  bool has(std::string_view table) const { return tables_.contains(table); }
  // The file opens some table.
  bool has_tables() const { return !tables_.empty(); }
  // Puts other values in the place of a sweepable key's; whoever does so has checked them.
  void replace(std::string_view full_name, std::vector<Value> values);

  // By full name, "train.lr". The accessors below are for keys with one value of that type; a name
  // that the table of keys does not have, or another type, is a std::logic_error.
  const Setting& at(std::string_view full_name) const;
  std::int64_t integer(std::string_view full_name) const;
  double real(std::string_view full_name) const;
  const std::string& text(std::string_view full_name) const;

 private:
  std::vector<Setting> settings_;
  std::set<std::string, std::less<>> tables_;
};

// The study in `path` (no file where empty) with the flags over it. Throws UsageError.
Study read_study(const std::string& path, const std::vector<FlagValue>& flags);
// The same from the text of a file; `name` stands in front of errors.
Study parse_study(const std::string& text, const std::string& name,
                  const std::vector<FlagValue>& flags);
// The study that a file of kgon's holds as text; nothing where this kgon cannot read it (another
// version's may have other keys).
std::optional<Study> stored_study(const std::string& text);

// The keys at the top and those of `tables`, defaults included, as a study file that reads back to
// the same values.
std::string resolved_toml(const Study& study, const std::vector<std::string>& tables);

}  // namespace kgon
