#include "io/nearest.hpp"

#include <algorithm>
#include <cctype>
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

// What other programs and papers call a key.
struct Synonym {
  std::string_view word, name;
};
constexpr Synonym synonyms[] = {
    {"learning-rate", "lr"},
    {"step-size", "step-scale"},
    {"n", "samples"},
    {"steps", "epochs"},
    {"temperature", "beta"},
    {"localization", "gamma"},
    {"num-chains", "chains"},
    {"num-draws", "draws"},
    {"num-samples", "samples"},
    {"noise", "init-noise"},
    {"scale", "init-scale"},
    {"trajectory", "trajectories"},
    {"minibatch", "batch"},
    {"gpu", "cuda"},
    {"lrate", "lr"},
    {"n-samples", "samples"},
    {"burnin", "burn-in"},
    {"thinning", "thin"},
};

std::string lower(std::string_view word) {
  std::string out(word);
  std::ranges::replace(out, '_', '-');
  std::ranges::transform(out, out.begin(), [](unsigned char c) { return std::tolower(c); });
  return out;
}

// `batch-size` for `batch`, or the other way round.
bool has_more_words(std::string_view a, std::string_view b) {
  const auto more = [](std::string_view longer, std::string_view shorter) {
    return longer.size() > shorter.size() + 1 && longer.starts_with(shorter) &&
           longer[shorter.size()] == '-';
  };
  return more(a, b) || more(b, a);
}

// `training` for `train`, or the other way round.
bool is_longer_form(std::string_view a, std::string_view b) {
  constexpr std::size_t telling = 4;
  return std::min(a.size(), b.size()) >= telling && (a.starts_with(b) || b.starts_with(a));
}

}  // namespace

std::string nearest_name(std::string_view given, const std::vector<std::string>& names) {
  std::string best;
  if (given.size() > 100) return best;
  // A flag keeps its dashes.
  const std::size_t dashes = std::min(given.find_first_not_of('-'), given.size());
  const std::string word = lower(given);
  for (const Synonym& synonym : synonyms) {
    const std::string name = word.substr(0, dashes).append(synonym.name);
    if (word.substr(dashes) == synonym.word && std::ranges::count(names, name) > 0) return name;
  }
  int best_distance = 0;
  for (const std::string& name : names) {
    const int limit = std::max(2, static_cast<int>(std::max(word.size(), name.size())) / 3);
    // Words more are as good as two letters wrong, and less than one.
    const int letters = edit_distance(word, name);
    const int distance = has_more_words(word, name) ? std::min(2, letters) : letters;
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
