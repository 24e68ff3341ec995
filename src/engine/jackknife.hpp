// Standard errors from leaving out one of some independent repetitions at a time.
#pragma once

#include <cmath>
#include <limits>
#include <span>

namespace kgon {

// sqrt((k - 1) / k sum_i (x_i - mean)^2) over the k values x_i that leaving out repetition i gives
// (Efron and Stein 1981); NaN with fewer than two, or where one of them is not finite.
inline double jackknife_error(std::span<const double> without) {
  const auto k = static_cast<double>(without.size());
  if (without.size() < 2) return std::numeric_limits<double>::quiet_NaN();
  double mean = 0, squares = 0;
  for (const double x : without) mean += x / k;
  for (const double x : without) squares += (x - mean) * (x - mean);
  const double error = std::sqrt((k - 1) / k * squares);
  return std::isfinite(error) ? error : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace kgon
