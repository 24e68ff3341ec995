// Numbers, times, sizes and foreign text for people, short.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace kgon {

// "12.1 M", "830"; three digits.
std::string short_number(double value);
// "41.2 s", "12:05" (minutes), "3:12:05" (hours).
std::string short_time(double seconds);
// "1.5 GiB".
std::string short_bytes(double bytes);
// "1 cell", "2 cells", "3 trajectories"; `noun` is in the singular.
std::string counted(std::uint64_t count, std::string_view noun);

// Printable ASCII, which is a line of a sentence at most.
bool is_printable(std::string_view text);
// With '?' in the place of what is not.
std::string printable(std::string_view text);
// The same, cut off with "..." after 60 characters.
std::string short_printable(std::string_view text);

}  // namespace kgon
