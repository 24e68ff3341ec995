#include "io/short_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace kgon {
namespace {

bool is_printable_character(char c) {
  return c >= ' ' && c <= '~';
}

std::string three_digits(double value) {
  return fmt::format("{:.{}f}", value, value < 10 ? 2 : value < 100 ? 1 : 0);
}

}  // namespace

std::string short_number(double value) {
  constexpr const char* prefixes[] = {"", " k", " M", " G", " T", " P"};
  int prefix = 0;
  while (value >= 999.5 && prefix < 5) {
    value /= 1000;
    ++prefix;
  }
  if (prefix == 0 && value == std::floor(value)) return fmt::format("{:.0f}", value);
  return three_digits(value) + prefixes[prefix];
}

std::string short_bytes(double bytes) {
  constexpr const char* units[] = {"B", "KiB", "MiB", "GiB", "TiB", "PiB"};
  int unit = 0;
  while (bytes >= 999.5 && unit < 5) {
    bytes /= 1024;
    ++unit;
  }
  return fmt::format("{} {}", unit == 0 ? fmt::format("{:.0f}", bytes) : three_digits(bytes),
                     units[unit]);
}

std::string short_time(double seconds) {
  if (seconds < 99.5) return fmt::format("{:.1f} s", seconds);
  if (seconds > 1e9) return "ages";
  const auto whole = static_cast<long>(std::lround(seconds));
  const long hours = whole / 3600, minutes = whole / 60 % 60, rest = whole % 60;
  if (hours == 0) return fmt::format("{}:{:02} min", minutes, rest);
  return fmt::format("{}:{:02}:{:02} h", hours, minutes, rest);
}

std::string counted(std::uint64_t count, std::string_view noun) {
  if (count == 1) return fmt::format("1 {}", noun);
  if (!noun.ends_with('y')) return fmt::format("{} {}s", count, noun);
  return fmt::format("{} {}ies", count, noun.substr(0, noun.size() - 1));
}

bool is_printable(std::string_view text) {
  return std::ranges::all_of(text, is_printable_character);
}

std::string printable(std::string_view text) {
  std::string line(text);
  std::ranges::replace_if(
      line, [](char c) { return !is_printable_character(c); }, '?');
  return line;
}

std::string short_printable(std::string_view text) {
  constexpr std::size_t longest = 60;
  return text.size() > longest ? printable(text.substr(0, longest)) + "..." : printable(text);
}

}  // namespace kgon
