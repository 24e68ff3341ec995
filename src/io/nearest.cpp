#include "io/nearest.hpp"

#include <algorithm>
#include <cstddef>

namespace kgon {

int edit_distance(std::string_view a, std::string_view b) {
  // Three rows of the table of optimal string alignment: i-2, i-1 and i.
  std::vector<int> before(b.size() + 1), last(b.size() + 1), row(b.size() + 1);
  for (std::size_t j = 0; j <= b.size(); ++j) last[j] = static_cast<int>(j);
  for (std::size_t i = 1; i <= a.size(); ++i) {
    row[0] = static_cast<int>(i);
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const int replaced = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      row[j] = std::min({replaced, last[j] + 1, row[j - 1] + 1});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(last);
    last.swap(row);
  }
  return last[b.size()];
}

namespace {

// `training` for `train`, or the other way round.
bool is_longer_form(std::string_view a, std::string_view b) {
  constexpr std::size_t telling = 4;
  return std::min(a.size(), b.size()) >= telling && (a.starts_with(b) || b.starts_with(a));
}

}  // namespace

std::string nearest_name(std::string_view word, const std::vector<std::string>& names) {
  std::string best;
  if (word.size() > 100) return best;
  int best_distance = 0;
  for (const std::string& name : names) {
    const int limit = std::max(2, static_cast<int>(std::max(word.size(), name.size())) / 3);
    const int distance = edit_distance(word, name);
    // A two-letter name is not meant by every other two-letter word.
    if (distance >= static_cast<int>(name.size())) continue;
    if (distance > limit && !is_longer_form(word, name)) continue;
    if (best.empty() || distance < best_distance) {
      best = name;
      best_distance = distance;
    }
  }
  return best;
}

std::string nearest_hint(std::string_view word, const std::vector<std::string>& names) {
  const std::string name = nearest_name(word, names);
  return name.empty() ? "" : "; did you mean '" + name + "'?";
}

}  // namespace kgon
