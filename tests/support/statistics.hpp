// Goodness of fit as z-scores.
//
// The bound is fixed beforehand: |z| < 4.5 has a chance of 6.8e-6 of failing when all is right, so
// of about 1,000 checks in the suite none fails with a chance above 99 %. Seeds are the list
// 1..k, never chosen; the same build gives the same numbers, so a check never flickers.
#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <numeric>
#include <vector>

#include "support/worse.hpp"

namespace kgon::test {

inline constexpr double z_bound = 4.5;

// z-score of a chi-square statistic (Wilson and Hilferty 1931): good for 5 degrees of freedom and
// more even this far out.
inline double chi_square_z(double statistic, double degrees) {
  const double v = 2 / (9 * degrees);
  return (std::cbrt(statistic / degrees) - (1 - v)) / std::sqrt(v);
}

// Of counts whose bins are equally likely.
inline double uniform_z(const std::vector<std::uint64_t>& counts) {
  const double bins = static_cast<double>(counts.size());
  const auto total = std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
  const double expected = static_cast<double>(total) / bins;
  double statistic = 0;
  for (const std::uint64_t count : counts) {
    const double off = static_cast<double>(count) - expected;
    statistic += off * off / expected;
  }
  return chi_square_z(statistic, bins - 1);
}

// z-score of a mean of `values` whose true mean and variance are known.
inline double mean_z(double sum, std::size_t count, double mean, double variance) {
  const double n = static_cast<double>(count);
  return (sum / n - mean) / std::sqrt(variance / n);
}

// z-score of a count of rare events.
inline double count_z(std::uint64_t count, double expected) {
  return (static_cast<double>(count) - expected) / std::sqrt(expected);
}

// Kolmogorov and Smirnov: sqrt(n) sup |F_n - F| as the z-score with the same two-sided chance,
// from the leading term 2 exp(-2 x^2) of its law, erfc(z / sqrt 2) inverted by bisection.
inline double kolmogorov_z(std::vector<double> probabilities) {
  std::sort(probabilities.begin(), probabilities.end());
  const double n = static_cast<double>(probabilities.size());
  double farthest = 0;
  for (std::size_t k = 0; k < probabilities.size(); ++k) {
    const double below = static_cast<double>(k) / n, above = static_cast<double>(k + 1) / n;
    farthest = worse(farthest, worse(probabilities[k] - below, above - probabilities[k]));
  }
  const double x = std::sqrt(n) * farthest;
  const double chance = std::min(1.0, 2 * std::exp(-2 * x * x));
  double low = 0, high = 40;
  for (int round = 0; round < 60; ++round) {
    const double middle = (low + high) / 2;
    (std::erfc(middle / std::sqrt(2.0)) > chance ? low : high) = middle;
  }
  return low;
}

// The z-score farthest from 0.
inline double worst(const std::vector<double>& scores) {
  double farthest = 0;
  for (const double z : scores) {
    farthest = worse(farthest, z);
  }
  return farthest;
}

}  // namespace kgon::test
