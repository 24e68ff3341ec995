// The table of keys: the one source of the flags, of what a study file may hold, of `--help` and of
// the key reference in the README.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace kgon {

enum class KeyType : std::uint8_t {
  integer,
  real,
  choice,  // one of `Key::choices`
  phase,   // a phase label or one of `Key::choices`
  point,   // the same, or a file that ends in .nc
  device,  // auto | cpu | cuda | cuda:0,1
};

// Where a key counts.
enum class KeyScope : std::uint8_t {
  cell,   // a cell's members depend on it: part of the cell's settings and of its hash
  study,  // says how many, how long or what to record: part of the study's hash only
  run,    // says where and how it runs: results do not depend on it
};

// Integers and reals as such; choices, points and devices as text.
using Value = std::variant<std::int64_t, double, std::string>;

struct Key {
  std::string_view table;  // "" for the top of the file, else that of a stage
  std::string_view name;
  KeyType type = KeyType::integer;
  std::string_view default_value;
  std::int64_t low = 0, high = 0;      // integers: both allowed
  double real_low = 0, real_high = 0;  // reals: both allowed, unless open
  bool open_low = false, open_high = false;
  std::string_view choices = {};  // words, separated by '|'
  std::string_view unit = {};
  bool sweepable = false;  // takes a list; lists multiply into cells
  KeyScope scope = KeyScope::study;
  std::string_view doc = {};  // one line

  // "train.lr", "seed"
  std::string full_name() const;
  // "--lr"
  std::string flag() const;
  // What is allowed, in words: "an integer from 1 to 10", "one of own, shared, population".
  std::string expectation() const;
};

// Every key, in the order in which studies are printed and cells are expanded.
std::span<const Key> all_keys();
// nullptr where the table has no such key.
const Key* find_key(std::string_view table, std::string_view name);
// The tables that this version knows.
std::vector<std::string> known_tables();
// The names of the keys of one table.
std::vector<std::string> key_names(std::string_view table);

// A value as text: shortest form that reads back to the same number.
std::string value_text(const Value& value);
// Reads the text of a flag or a default. Throws UsageError that starts with `where`.
Value parse_value(const Key& key, const std::string& text, const std::string& where);
// Throws UsageError that starts with `where` unless `value` is allowed for `key`.
void check_value(const Key& key, const Value& value, const std::string& where);

// The key reference: one Markdown table per table of the study file.
std::string keys_markdown();
// The same for a terminal.
std::string keys_text();

}  // namespace kgon
