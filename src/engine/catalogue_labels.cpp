// Labels of phases as text: digits, then a '+' per positive bias, then a '-' per large negative
// one.
#include <algorithm>
#include <cstddef>

#include "kgon/engine/catalogue.hpp"

namespace kgon::tms {
namespace {

// How many times `sign` stands at `position`; moves `position` behind them.
int count_signs(const std::string& text, char sign, std::size_t& position) {
  const std::size_t begin = position;
  while (position < text.size() && text[position] == sign) ++position;
  return static_cast<int>(std::min<std::size_t>(position - begin, max_phase_field + 1));
}

// A decimal number of at most two digits without a leading zero; -1 where there is none.
int read_number(const std::string& text, std::size_t& position) {
  int value = 0;
  while (position < text.size() && text[position] >= '0' && text[position] <= '9') {
    if (position == 2 || (position == 1 && text[0] == '0')) return -1;
    value = 10 * value + (text[position] - '0');
    ++position;
  }
  return position == 0 ? -1 : value;
}

}  // namespace

std::string phase_label(PhaseCode code) {
  if (code < 0) return "other";
  std::string label = std::to_string(phase_vertices(code));
  label.append(static_cast<std::size_t>(phase_positive(code)), '+');
  label.append(static_cast<std::size_t>(phase_negative(code)), '-');
  return label;
}

std::optional<PhaseCode> parse_phase_label(const std::string& text) {
  std::size_t position = 0;
  const int k = read_number(text, position);
  const int sigma = count_signs(text, '+', position);
  const int phi = count_signs(text, '-', position);
  if (position != text.size() || k < 0) return std::nullopt;
  if (std::max({k, sigma, phi}) > max_phase_field) return std::nullopt;
  return phase_code(k, sigma, phi);
}

}  // namespace kgon::tms
