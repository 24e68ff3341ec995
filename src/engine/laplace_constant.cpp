#include "engine/laplace_constant.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <optional>

#include "engine/site_curvature.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

constexpr double two_pi = 2 * std::numbers::pi;

double log_factorial(int n) {
  return std::lgamma(n + 1.0);
}

double log_binomial(int n, int k) {
  return log_factorial(n) - log_factorial(k) - log_factorial(n - k);
}

double normal_probability_below(double x) {
  return std::erfc(-x / std::numbers::sqrt2) / 2;
}

// Prior probability that a dead column W_d and its bias change nothing; see LaplaceConstant. The
// midpoint rule in the angle from the nearest vertex, which by symmetry stands for 2k of them, and
// in the radius.
double flat_probability(int k, double length, double bias, double scale) {
  constexpr int angles = 200, radii = 1000;
  const double half_gap = std::numbers::pi / k;
  double sum = 0;
  for (int a = 0; a < angles; ++a) {
    const double along = length * std::cos((a + 0.5) / angles * half_gap);
    const double end = -bias / along;
    for (int i = 0; i < radii; ++i) {
      const double r = (i + 0.5) / radii * end;
      const double density = std::exp(-r * r / (2 * scale * scale)) / (two_pi * scale * scale);
      const double silent = normal_probability_below(-std::max(r * r, r * along) / scale);
      sum += r * density * silent * (end / radii) * (half_gap / angles);
    }
  }
  return 2 * k * sum;
}

std::optional<LaplaceConstant> constant_of(const ModelShape& shape, const tms::CriticalPoint& point,
                                           double scale) {
  const int features = shape.features, dead = features - point.k - point.sigma;
  if (point.phi > 0 || dead > 1 || !point.twice_differentiable) return std::nullopt;
  const SiteCurvature curvature = site_curvature(shape, point.parameters);
  if (curvature.smallest() < -zero_curvature) return std::nullopt;
  LaplaceConstant constant;
  for (const double h : curvature.eigenvalues) {
    if (h <= zero_curvature) continue;
    ++constant.rank;
    constant.determinant += std::log(h / two_pi) / 2;
  }
  const double weights2 = point.k * point.length * point.length;
  const double biases2 =
      point.k * point.bias * point.bias + point.sigma / std::pow(2.0 * features, 2);
  const int fixed = shape.parameter_count() - dead * (shape.hidden + 1);
  constant.norm = (weights2 + biases2) / (2 * scale * scale);
  constant.normaliser = fixed / 2.0 * std::log(two_pi * scale * scale);
  constant.orbit =
      -(log_factorial(point.k - 1) + log_binomial(features, point.k) +
        log_binomial(features - point.k, point.sigma) + std::log(two_pi * std::sqrt(weights2)));
  if (dead == 1)
    constant.flat = -std::log(flat_probability(point.k, point.length, point.bias, scale));
  return constant;
}

}  // namespace

std::map<PhaseCode, LaplaceConstant> laplace_constants(const ModelShape& shape,
                                                       double prior_scale) {
  std::map<PhaseCode, LaplaceConstant> constants;
  if (shape.hidden != 2) return constants;
  for (const tms::CriticalPoint& point : tms::critical_points(shape.features))
    if (const auto constant = constant_of(shape, point, prior_scale))
      constants[tms::phase_code(point.k, point.sigma, 0)] = *constant;
  return constants;
}

}  // namespace kgon
