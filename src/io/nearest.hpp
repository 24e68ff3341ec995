// "Did you mean ...": the nearest of a list of names.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace kgon {

// Number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`.
int edit_distance(std::string_view a, std::string_view b);

// The name with the smallest distance to `word`, empty where even that one is too far to be meant
// (more than a third of the longer word, at least 2, differs).
std::string nearest_name(std::string_view word, const std::vector<std::string>& names);

// "; did you mean 'NAME'?" or an empty text where no name is near.
std::string nearest_hint(std::string_view word, const std::vector<std::string>& names);

}  // namespace kgon
