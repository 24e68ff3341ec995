#include "io/keys.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "io/nearest.hpp"
#include "io/short_text.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

std::vector<std::string> split(std::string_view text, char separator) {
  std::vector<std::string> parts;
  while (true) {
    const std::size_t end = text.find(separator);
    parts.emplace_back(text.substr(0, end));
    if (end == std::string_view::npos) return parts;
    text.remove_prefix(end + 1);
  }
}

std::string real_text(double value) {
  std::array<char, 32> buffer;
  const auto result = std::to_chars(buffer.data(), buffer.data() + buffer.size(), value);
  return {buffer.data(), result.ptr};
}

template <class Number>
std::optional<Number> read_number(const std::string& text) {
  Number number{};
  const char* end = text.data() + text.size();
  const auto result = std::from_chars(text.data(), end, number);
  if (text.empty() || result.ec != std::errc() || result.ptr != end) return std::nullopt;
  return number;
}

// Digits, then '+'s, then '-'s. Whether the catalogue has the label depends on other keys.
bool has_label_form(std::string_view text) {
  const auto skip = [&text](auto allowed) {
    std::size_t count = 0;
    while (count < text.size() && allowed(text[count])) ++count;
    text.remove_prefix(count);
    return count;
  };
  const std::size_t digits = skip([](char c) { return c >= '0' && c <= '9'; });
  skip([](char c) { return c == '+'; });
  skip([](char c) { return c == '-'; });
  return digits >= 1 && digits <= 2 && text.empty();
}

bool has_device_form(std::string_view text) {
  if (text == "auto" || text == "cpu" || text == "cuda") return true;
  if (!text.starts_with("cuda:")) return false;
  for (const std::string& number : split(text.substr(5), ','))
    if (number.size() > 4 || number.starts_with('-') || !read_number<int>(number)) return false;
  return true;
}

// Every name that a text value may have, for the hint.
std::vector<std::string> text_names(const Key& key) {
  if (key.type == KeyType::device) return {"auto", "cpu", "cuda"};
  return split(key.choices, '|');
}

bool is_allowed_text(const Key& key, const std::string& text) {
  if (!is_printable(text)) return false;
  if (key.type == KeyType::device) return has_device_form(text);
  const bool takes_file = key.type == KeyType::point;
  const bool takes_label = takes_file || key.type == KeyType::phase;
  if (takes_label && has_label_form(text)) return true;
  if (takes_file && text.size() > 3 && text.ends_with(".nc")) return true;
  const auto names = text_names(key);
  return std::find(names.begin(), names.end(), text) != names.end();
}

bool is_in_range(const Key& key, const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value))
    return *number >= key.low && *number <= key.high;
  if (const auto* number = std::get_if<double>(&value))
    return std::isfinite(*number) &&
           (key.open_high ? *number < key.real_high : *number <= key.real_high) &&
           (key.open_low ? *number > key.real_low : *number >= key.real_low);
  return is_allowed_text(key, std::get<std::string>(value));
}

}  // namespace

std::string Key::full_name() const {
  return table.empty() ? std::string(name) : fmt::format("{}.{}", table, name);
}

std::string Key::flag() const {
  return fmt::format("--{}", name);
}

std::string Key::expectation() const {
  switch (type) {
    case KeyType::integer:
      return fmt::format("an integer from {} to {}", low, high);
    case KeyType::real: {
      const std::string low_end = real_text(real_low), high_end = real_text(real_high);
      if (open_low) return fmt::format("a number above {} and at most {}", low_end, high_end);
      if (open_high) return fmt::format("a number from {} and below {}", low_end, high_end);
      return fmt::format("a number from {} to {}", low_end, high_end);
    }
    case KeyType::choice:
      return fmt::format("one of {}", fmt::join(split(choices, '|'), ", "));
    case KeyType::phase:
      return fmt::format("a phase label such as 4, 5+ or 4++-, or {}",
                         fmt::join(split(choices, '|'), " or "));
    case KeyType::point:
      return fmt::format("a phase label such as 4, 5+ or 4++-, {}, or a file that ends in .nc",
                         fmt::join(split(choices, '|'), ", "));
    case KeyType::device:
      return "auto, cpu, cuda, or cuda: with device numbers such as cuda:0,1";
  }
  return {};
}

const Key* find_key(std::string_view table, std::string_view name) {
  for (const Key& key : all_keys())
    if (key.table == table && key.name == name) return &key;
  return nullptr;
}

std::vector<std::string> known_tables() {
  return {"train", "llc", "sample"};
}

std::vector<std::string> key_names(std::string_view table) {
  std::vector<std::string> names;
  for (const Key& key : all_keys())
    if (key.table == table) names.emplace_back(key.name);
  return names;
}

std::string value_text(const Value& value) {
  if (const auto* number = std::get_if<std::int64_t>(&value)) return fmt::format("{}", *number);
  if (const auto* number = std::get_if<double>(&value)) return real_text(*number);
  return std::get<std::string>(value);
}

Value parse_value(const Key& key, const std::string& text, const std::string& where) {
  const auto wrong = [&] {
    return UsageError(
        fmt::format("{}: '{}' is not {}", where, short_printable(text), key.expectation()));
  };
  Value value = text;
  if (key.type == KeyType::integer) {
    const auto number = read_number<std::int64_t>(text);
    if (!number) throw wrong();
    value = *number;
  } else if (key.type == KeyType::real) {
    const auto number = read_number<double>(text);
    if (!number) throw wrong();
    value = *number + 0.0;  // no negative zero: it would be a second name of the same cell
  }
  check_value(key, value, where);
  return value;
}

void check_value(const Key& key, const Value& value, const std::string& where) {
  if (is_in_range(key, value)) return;
  const auto* text = std::get_if<std::string>(&value);
  throw UsageError(fmt::format("{}: '{}' is not {}{}", where, short_printable(value_text(value)),
                               key.expectation(),
                               text ? nearest_hint(*text, text_names(key)) : ""));
}

std::string keys_markdown() {
  std::string out;
  std::string_view table = "none";
  for (const Key& key : all_keys()) {
    if (key.table != table) {
      table = key.table;
      out +=
          table.empty() ? "Top of the study file:\n\n" : fmt::format("\nTable `[{}]`:\n\n", table);
      out += "| key and flag | default | values | sweeps | meaning |\n|---|---|---|---|---|\n";
    }
    out += fmt::format("| `{}` | {} | {} | {} | {}{} |\n", key.name, key.default_value,
                       key.expectation(), key.sweepable ? "yes" : "", key.doc,
                       key.unit.empty() ? "" : fmt::format(" ({})", key.unit));
  }
  return out;
}

std::string keys_text() {
  std::string out;
  std::string_view table = "none";
  for (const Key& key : all_keys()) {
    if (key.table != table) {
      table = key.table;
      out += table.empty() ? "At the top of the study file:\n" : fmt::format("\n[{}]\n", table);
    }
    out += fmt::format("  {:<16} {:<8} {}\n  {:<25} {}{}{}\n", key.name, key.default_value, key.doc,
                       "", key.expectation(), key.unit.empty() ? "" : fmt::format("; {}", key.unit),
                       key.sweepable ? "; takes a list" : "");
  }
  return out;
}

}  // namespace kgon
