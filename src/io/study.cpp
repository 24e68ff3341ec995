#include "io/study.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "io/nearest.hpp"
#include "io/short_text.hpp"
#include "io/toml_file.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

[[noreturn]] void refuse_table(const TomlEntry& entry, const std::string& where) {
  throw UsageError(fmt::format("{}: there is no table [{}]{}", where, entry.table,
                               nearest_hint(entry.table, known_tables())));
}

[[noreturn]] void refuse_key(const TomlEntry& entry, const std::string& where) {
  std::vector<std::string> homes;
  for (const Key& key : all_keys()) {
    if (key.name != entry.key) continue;
    if (key.table.empty())
      throw UsageError(fmt::format("{}: {} belongs at the top of the file, before any [table]",
                                   where, key.name));
    homes.push_back(fmt::format("[{}]", key.table));
  }
  if (!homes.empty())
    throw UsageError(
        fmt::format("{}: {} belongs in the table {}", where, entry.key, fmt::join(homes, " or ")));
  const std::string hint = nearest_hint(entry.key, key_names(entry.table));
  throw UsageError(fmt::format("{}: there is no such key{}", where,
                               hint.empty() ? "; `kgon keys` lists them" : hint));
}

// A value of a file as a value of the key, or UsageError.
Value convert(const Key& key, const TomlValue& from, const std::string& where) {
  const auto wrong = [&](std::string_view what) {
    return UsageError(fmt::format("{}: {} is not {}", where, what, key.expectation()));
  };
  Value value;
  switch (from.kind) {
    case TomlValue::Kind::integer:
      if (key.type == KeyType::integer) {
        value = from.integer;
      } else if (key.type == KeyType::real) {
        value = static_cast<double>(from.integer);
      } else if (key.type == KeyType::point) {
        value = fmt::format("{}", from.integer);  // init = 4
      } else {
        throw wrong(fmt::format("the number {}", from.integer));
      }
      break;
    case TomlValue::Kind::real:
      if (key.type != KeyType::real) throw wrong(fmt::format("the number {}", from.real));
      value = from.real + 0.0;  // no negative zero
      break;
    case TomlValue::Kind::text:
      if (key.type == KeyType::integer || key.type == KeyType::real)
        throw wrong(fmt::format("the text \"{}\"", short_printable(from.text)));
      value = from.text;
      break;
    case TomlValue::Kind::other:
      throw wrong(from.text);
  }
  check_value(key, value, where);
  return value;
}

class Builder {
 public:
  Builder() {
    for (const Key& key : all_keys()) {
      const std::string origin = fmt::format("default of {}", key.full_name());
      const Value value = parse_value(key, std::string(key.default_value), origin);
      settings_.push_back({&key, {value}, origin, true});
    }
  }

  void add_file(const std::string& text, const std::string& name) {
    const std::vector<std::string> tables = known_tables();
    for (const TomlEntry& entry : parse_toml(text, name)) {
      const bool known = entry.table.empty() ||
                         std::find(tables.begin(), tables.end(), entry.table) != tables.end();
      if (!known) refuse_table(entry, fmt::format("{}:{}", name, entry.line));
      if (entry.key.empty()) {
        opened_.insert(entry.table);
        continue;
      }
      add_entry(entry, name);
    }
  }

  void add_flag(const FlagValue& flag) {
    const Key& key = *flag.key;
    const std::string origin = flag.name.empty() ? key.flag() : flag.name;
    if (!key.sweepable && flag.texts.size() > 1)
      throw UsageError(
          fmt::format("{}: given {} times; it takes one value", origin, flag.texts.size()));
    std::vector<Value> values;
    for (const std::string& text : flag.texts) {
      if (!key.sweepable && key.type != KeyType::device && text.find(',') != std::string::npos)
        throw UsageError(
            fmt::format("{}: takes one value, not a list: it is {}", origin, key.expectation()));
      for (const std::string& part : split_list(key, text))
        values.push_back(parse_value(key, part, origin));
    }
    if (values.empty()) throw UsageError(fmt::format("{}: has no value", origin));
    setting(key) = {&key, std::move(values), origin, false};
  }

  Study finish() { return Study(std::move(settings_), std::move(opened_)); }

 private:
  void add_entry(const TomlEntry& entry, const std::string& name) {
    const Key* key = find_key(entry.table, entry.key);
    const std::string dot = entry.table.empty() ? "" : ".";
    const std::string label = entry.table + dot + entry.key;
    const std::string origin = fmt::format("{}:{}: {}", name, entry.line, label);
    if (!key) refuse_key(entry, origin);
    if (entry.is_list && !key->sweepable)
      throw UsageError(
          fmt::format("{}: takes one value, not a list: it is {}", origin, key->expectation()));
    if (entry.values.empty()) throw UsageError(fmt::format("{}: the list is empty", origin));
    std::vector<Value> values;
    for (const TomlValue& value : entry.values) {
      const auto line = value.line == 0 ? entry.line : value.line;
      values.push_back(convert(*key, value, fmt::format("{}:{}: {}", name, line, label)));
    }
    setting(*key) = {key, std::move(values), origin, false};
  }

  static std::vector<std::string> split_list(const Key& key, std::string_view text) {
    std::vector<std::string> parts;
    while (key.sweepable) {
      const std::size_t end = text.find(',');
      if (end == std::string_view::npos) break;
      parts.emplace_back(text.substr(0, end));
      text.remove_prefix(end + 1);
      text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    }
    parts.emplace_back(text);
    return parts;
  }

  Setting& setting(const Key& key) {
    return settings_[static_cast<std::size_t>(&key - all_keys().data())];
  }

  std::vector<Setting> settings_;
  std::set<std::string, std::less<>> opened_;
};

std::string quoted(const std::string& text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + '"';
}

std::string toml_value(const Value& value) {
  return std::holds_alternative<std::string>(value) ? quoted(std::get<std::string>(value))
                                                    : value_text(value);
}

std::string toml_setting(const Setting& setting) {
  std::vector<std::string> values;
  for (const Value& value : setting.values) values.push_back(toml_value(value));
  const std::string list = fmt::format("{}", fmt::join(values, ", "));
  return values.size() == 1 ? list : "[" + list + "]";
}

}  // namespace

const Setting& Study::at(std::string_view full_name) const {
  for (const Setting& setting : settings_)
    if (setting.key->full_name() == full_name) return setting;
  throw std::logic_error(fmt::format("no key '{}' in the table of keys", full_name));
}

void Study::replace(std::string_view full_name, std::vector<Value> values) {
  for (Setting& setting : settings_)
    if (setting.key->full_name() == full_name) setting.values = std::move(values);
}

std::int64_t Study::integer(std::string_view full_name) const {
  return std::get<std::int64_t>(at(full_name).values.at(0));
}

double Study::real(std::string_view full_name) const {
  return std::get<double>(at(full_name).values.at(0));
}

const std::string& Study::text(std::string_view full_name) const {
  return std::get<std::string>(at(full_name).values.at(0));
}

Study parse_study(const std::string& text, const std::string& name,
                  const std::vector<FlagValue>& flags) {
  Builder builder;
  if (!name.empty()) builder.add_file(text, name);
  for (const FlagValue& flag : flags) builder.add_flag(flag);
  return builder.finish();
}

Study read_study(const std::string& path, const std::vector<FlagValue>& flags) {
  return parse_study(path.empty() ? "" : read_toml_text(path), path, flags);
}

std::optional<Study> stored_study(const std::string& text) {
  try {
    return parse_study(text, "its study", {});
  } catch (const UsageError&) {
    return std::nullopt;
  }
}

std::string resolved_toml(const Study& study, const std::vector<std::string>& tables) {
  std::string out;
  std::string_view table;
  for (const Setting& setting : study.settings()) {
    const std::string_view own = setting.key->table;
    if (!own.empty() && std::find(tables.begin(), tables.end(), own) == tables.end()) continue;
    if (own != table) {
      table = own;
      out += fmt::format("\n[{}]\n", table);
    }
    out += fmt::format("{} = {}\n", setting.key->name, toml_setting(setting));
  }
  return out;
}

}  // namespace kgon
