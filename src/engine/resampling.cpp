#include "engine/resampling.hpp"

#include <algorithm>
#include <cmath>
#include <cstddef>

namespace kgon {
namespace {

// What exponents are taken relative to, so that none overflows.
double least(std::span<const double> energies) {
  return *std::ranges::min_element(energies);
}

}  // namespace

double conditional_ess(std::span<const double> weights, std::span<const double> energies,
                       double difference) {
  const double base = least(energies);
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const double w = std::exp(-difference * (energies[i] - base));
    sum += weights[i] * w;
    squares += weights[i] * w * w;
  }
  return sum * sum / squares;
}

double tempering_difference(std::span<const double> weights, std::span<const double> energies,
                            double most, double target) {
  if (conditional_ess(weights, energies, most) >= target) return most;
  // In the logarithm of the difference: the first one of an island is far below the last.
  double low = 0, high = most;
  while (high - low > 1e-6 * high) {
    const double middle = low > 0 ? std::sqrt(low * high) : high / 16;
    (conditional_ess(weights, energies, middle) >= target ? low : high) = middle;
  }
  return low > 0 ? low : high;
}

double reweight(std::vector<double>& weights, std::span<const double> energies, double difference) {
  const double base = least(energies);
  double sum = 0;
  for (std::size_t i = 0; i < weights.size(); ++i) {
    weights[i] *= std::exp(-difference * (energies[i] - base));
    sum += weights[i];
  }
  for (double& weight : weights) weight /= sum;
  return std::log(sum) - difference * base;
}

double effective_part(std::span<const double> weights) {
  double squares = 0;
  for (const double weight : weights) squares += weight * weight;
  return 1 / (squares * static_cast<double>(weights.size()));
}

std::vector<std::uint32_t> systematic_resampling(std::span<const double> weights,
                                                 std::uint32_t count, double uniform) {
  std::vector<std::uint32_t> ancestors(count);
  const auto last = static_cast<std::uint32_t>(weights.size() - 1);
  std::uint32_t ancestor = 0;
  double end = weights[0];
  for (std::uint32_t k = 0; k < count; ++k) {
    const double at = (k + uniform) / count;
    // The last particle takes what rounding leaves over.
    while (at > end && ancestor < last) end += weights[++ancestor];
    ancestors[k] = ancestor;
  }
  return ancestors;
}

}  // namespace kgon
