#include "io/toml_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string_view>

#include "io/short_text.hpp"
#include "io/usage_error.hpp"

namespace {
[[noreturn, maybe_unused]] void fail_in_toml(const char* condition) {
  throw std::logic_error(std::string("toml++: ") + condition);
}
}  // namespace

// toml++ stays in this file, compiled here and not taken from its shared library: its assertions
// become exceptions, and its own limit on nesting is ours.
#undef TOML_SHARED_LIB
#undef TOML_HEADER_ONLY
#define TOML_HEADER_ONLY 1
#define TOML_ASSERT(condition) ((condition) ? void() : fail_in_toml(#condition))
#define TOML_MAX_NESTED_VALUES 32
#include <toml++/toml.h>

namespace kgon {
namespace {

[[noreturn]] void fail(const std::string& name, std::size_t line, std::string_view what) {
  throw UsageError(fmt::format("{}:{}: {}", name, line, what));
}

// Goes through the text as TOML's lexer does, far enough to tell strings and comments from the
// rest, and limits brackets and dotted keys: toml++ would otherwise recurse as deep as a file says.
class Gate {
 public:
  Gate(const std::string& text, const std::string& name) : text_(text), name_(name) {}

  void check() {
    check_bytes();
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '#') {
        at_ = std::min(text_.find('\n', at_), text_.size());
      } else if (c == '"' || c == '\'') {
        skip_string(c);
      } else {
        count(c);
        ++at_;
      }
    }
  }

 private:
  void check_bytes() const {
    if (text_.size() > toml_max_bytes)
      fail(name_, 1, "the file is larger than 1 MiB; a study is not");
    std::size_t line = 1;
    for (const char c : text_) {
      if (c == '\n') ++line;
      if ((c < ' ' || c > '~') && c != '\t' && c != '\r' && c != '\n')
        fail(name_, line,
             fmt::format("byte 0x{:02x} is not printable ASCII, which is all a study may hold",
                         static_cast<unsigned char>(c)));
    }
  }

  void count(char c) {
    if (c == '\n') ++line_;
    if (c == '[' || c == '{') ++depth_;
    if ((c == ']' || c == '}') && depth_ > 0) --depth_;
    if (c == '.') ++dots_;
    if (std::string_view("=,[]{}\n").find(c) != std::string_view::npos) dots_ = 0;
    if (depth_ > toml_max_depth || dots_ > toml_max_depth)
      fail(name_, line_, fmt::format("nested deeper than {} levels", toml_max_depth));
  }

  // From the opening quote to behind the closing one, or to where TOML calls it an error.
  void skip_string(char quote) {
    const std::string three(3, quote);
    const bool multi_line = text_.compare(at_, 3, three) == 0;
    at_ += multi_line ? 3 : 1;
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (c == '\n') {
        if (!multi_line) return;
        ++line_;
      }
      if (c == '\\' && quote == '"') {
        ++at_;
        if (at_ < text_.size() && text_[at_] == '\n') ++line_;
      } else if (c == quote && (!multi_line || text_.compare(at_, 3, three) == 0)) {
        at_ += multi_line ? 3 : 1;
        return;
      }
      ++at_;
    }
    at_ = text_.size();
  }

  const std::string& text_;
  const std::string& name_;
  std::size_t at_ = 0;
  std::size_t line_ = 1;
  int depth_ = 0;
  int dots_ = 0;
};

TomlValue value_of(const toml::node& node) {
  TomlValue value;
  value.line = node.source().begin.line;
  if (const auto* integer = node.as_integer()) {
    value.kind = TomlValue::Kind::integer;
    value.integer = integer->get();
  } else if (const auto* real = node.as_floating_point()) {
    value.kind = TomlValue::Kind::real;
    value.real = real->get();
  } else if (const auto* text = node.as_string()) {
    value.kind = TomlValue::Kind::text;
    value.text = text->get();
  } else {
    value.text = node.is_boolean() ? "a boolean"
                 : node.is_array() ? "a list"
                 : node.is_table() ? "a table"
                                   : "a date or time";
  }
  return value;
}

// An empty name would read as the top, or as a table that is opened; the others are repeated in
// sentences.
void check_name(const toml::key& key, const std::string& name) {
  constexpr std::size_t longest = 60;
  const std::size_t line = key.source().begin.line;
  if (key.str().empty()) fail(name, line, "an empty key; every key has a name");
  if (key.str().size() > longest || !is_printable(key.str()))
    fail(name, line,
         fmt::format("the key '{}' is too long or not printable ASCII; there is no such key",
                     printable(key.str().substr(0, longest))));
}

TomlEntry entry_of(const std::string& table, std::string_view key, const toml::node& node) {
  TomlEntry entry;
  entry.table = table;
  entry.key = key;
  entry.line = node.source().begin.line;
  if (const auto* list = node.as_array()) {
    entry.is_list = true;
    for (const toml::node& item : *list) entry.values.push_back(value_of(item));
  } else {
    entry.values.push_back(value_of(node));
  }
  return entry;
}

std::vector<TomlEntry> entries_of(const toml::table& root, const std::string& name) {
  std::vector<TomlEntry> entries;
  for (const auto& [key, node] : root) {
    check_name(key, name);
    if (const auto* list = node.as_array(); list && !list->empty() && list->front().is_table())
      fail(name, node.source().begin.line,
           fmt::format("'{}' is a list of tables; a table is opened once, as [{}]", key.str(),
                       key.str()));
    const auto* table = node.as_table();
    if (!table) {
      entries.push_back(entry_of("", key.str(), node));
      continue;
    }
    entries.push_back({std::string(key.str()), "", key.source().begin.line, false, {}});
    for (const auto& [inner, value] : *table) {
      check_name(inner, name);
      entries.push_back(entry_of(std::string(key.str()), inner.str(), value));
    }
  }
  std::stable_sort(entries.begin(), entries.end(),
                   [](const TomlEntry& a, const TomlEntry& b) { return a.line < b.line; });
  return entries;
}

}  // namespace

std::string read_toml_text(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored))
    throw UsageError(fmt::format("{}: is a directory, not a study file", path));
  std::ifstream file(path, std::ios::binary);
  if (!file)
    throw UsageError(fmt::format(
        "{}: the study file cannot be read: {}; if this is no study, a flag before it lacks its "
        "value, or a list of values has a blank in it",
        path, std::strerror(errno)));
  std::string text(toml_max_bytes + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  if (file.bad()) throw UsageError(fmt::format("{}: the study file cannot be read", path));
  text.resize(static_cast<std::size_t>(file.gcount()));
  return text;
}

std::vector<TomlEntry> parse_toml(const std::string& text, const std::string& name) {
  Gate(text, name).check();
  try {
    return entries_of(toml::parse(text, name), name);
  } catch (const toml::parse_error& error) {
    // It repeats a few bytes of the text, line ends too.
    fail(name, error.source().begin.line, printable(error.description()));
  } catch (const std::logic_error& error) {
    throw UsageError(fmt::format("{}: is no valid TOML ({})", name, error.what()));
  }
}

}  // namespace kgon
