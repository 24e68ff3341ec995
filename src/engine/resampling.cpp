#include "engine/resampling.hpp"

#include <cmath>

#include "kgon/math/elementary.hpp"

namespace kgon {
namespace {

double number(std::uint64_t sum) {
  return static_cast<double>(sum);
}

}  // namespace

double conditional_ess(const WeightSums& sums) {
  if (sums.squares == 0) return 0;
  return number(sums.changed) / number(sums.weights) *
         (number(sums.changed) / number(sums.squares));
}

double tempering_difference(const std::function<double(double)>& ess, double most, double target) {
  if (ess(most) >= target) return most;
  // In the logarithm of the difference: the first one of an island is far below the last.
  double low = 0, high = most;
  while (high - low > temperature_tolerance * high) {
    const double middle = low > 0 ? std::sqrt(low * high) : high / 16;
    (ess(middle) >= target ? low : high) = middle;
  }
  return low > 0 ? low : high;
}

double evidence_difference(const WeightSums& sums, const Reweighting& change) {
  return natural_log(number(sums.changed) / number(sums.weights)) - change.rate * change.least;
}

double effective_part(const WeightSums& sums, std::uint32_t particles) {
  const double mean = number(sums.weights) / (weight_units(particles) * particles);
  return number(sums.weights) / number(sums.squares) * mean;
}

}  // namespace kgon
