// Reading TOML safely: a gate in front of toml++, and a flat list of what the file says.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace kgon {

// Limits of the gate: toml++ 3.3.0 aborts or worse on some inputs outside printable ASCII.
inline constexpr std::size_t toml_max_bytes = 1 << 20;
inline constexpr int toml_max_depth = 32;

struct TomlValue {
  enum class Kind : std::uint8_t { integer, real, text, other };
  Kind kind = Kind::other;
  std::int64_t integer = 0;
  double real = 0;
  std::string text;        // of a string; for `other`: what it is, e.g. "a boolean"
  std::uint32_t line = 0;  // from 1
};

// One `key = value`, or a table where the file opens one.
struct TomlEntry {
  std::string table;  // "" at the top
  std::string key;    // empty: the entry is the table itself
  std::uint32_t line = 0;
  bool is_list = false;
  std::vector<TomlValue> values;  // one unless `is_list`
};

// The text of a file. Throws UsageError where it cannot be read or passes `toml_max_bytes`.
std::string read_toml_text(const std::string& path);

// Entries in the order of their lines. `name` stands in front of errors. Throws UsageError with
// file and line for anything that is no TOML, has bytes other than printable ASCII, tabs and line
// ends, passes the limits above, or nests tables deeper than one level.
std::vector<TomlEntry> parse_toml(const std::string& text, const std::string& name);

}  // namespace kgon
