#include "engine/free_energy_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>

#include "engine/free_energy_theory.hpp"
#include "engine/laplace_constant.hpp"

namespace kgon {
namespace {

struct Measured {
  double inverse_n, rest, se;
};

// A line through the points, weighted.
void fit_line(const std::vector<Measured>& points, ConstantFit& fit) {
  double weight = 0, x = 0, y = 0;
  for (const Measured& p : points) {
    const double w = 1 / (p.se * p.se);
    weight += w;
    x += w * p.inverse_n;
    y += w * p.rest;
  }
  x /= weight;
  y /= weight;
  double xx = 0, xy = 0;
  for (const Measured& p : points) {
    xx += std::pow((p.inverse_n - x) / p.se, 2);
    xy += (p.inverse_n - x) * (p.rest - y) / (p.se * p.se);
  }
  fit.slope = xy / xx;
  fit.constant = y - fit.slope * x;
  for (const Measured& p : points)
    fit.chi2 += std::pow((p.rest - fit.constant - fit.slope * p.inverse_n) / p.se, 2);
  fit.runs = points.size();
  const double scale = std::sqrt(std::max(1.0, fit.chi2 / static_cast<double>(fit.runs - 2)));
  fit.slope_se = scale / std::sqrt(xx);
  fit.constant_se = scale * std::sqrt(1 / weight + x * x / xx);
}

bool has_line(const std::vector<Measured>& points) {
  return points.size() >= 3 && std::ranges::any_of(points, [&](const Measured& p) {
           return p.inverse_n != points.front().inverse_n;
         });
}

}  // namespace

std::vector<ConstantFit> fit_constants(const SamplePlan& plan,
                                       std::span<const RunEstimate> estimates) {
  using Series = std::tuple<bool, double, double, PhaseCode>;
  std::map<Series, std::vector<Measured>> series;
  const auto theories = phase_theories(plan.shape);
  for (std::size_t r = 0; r < plan.runs.size(); ++r) {
    const SampleRun& run = plan.runs[r];
    if (!estimates[r].has_evidence) continue;
    for (const auto& [code, formula] : estimates[r].theory) {
      const auto phase = estimates[r].phases.find(code);
      if (phase == estimates[r].phases.end()) continue;
      const Estimate& free_energy = phase->second.free_energy;
      if (!(phase->second.occupancy.value >= least_fitted_occupancy && free_energy.se > 0))
        continue;
      const double norm = theories.at(code).half_norm2 / (run.prior_scale * run.prior_scale);
      series[{run.population, run.beta, run.prior_scale, code}].push_back(
          {1.0 / run.samples, free_energy.value - formula + norm, free_energy.se});
    }
  }
  std::vector<ConstantFit> fits;
  for (const auto& [key, points] : series) {
    if (!has_line(points)) continue;
    ConstantFit& fit = fits.emplace_back();
    std::tie(fit.population, fit.beta, fit.prior_scale, fit.phase) = key;
    fit_line(points, fit);
    const PhaseTheory& theory = theories.at(fit.phase);
    fit.formula = theory.half_norm2 / (fit.prior_scale * fit.prior_scale);
    const auto constants = laplace_constants(plan.shape, fit.prior_scale);
    const auto laplace = constants.find(fit.phase);
    fit.laplace = laplace == constants.end()
                      ? std::numeric_limits<double>::quiet_NaN()
                      : laplace->second.total() + theory.lambda * std::log(fit.beta);
  }
  return fits;
}

}  // namespace kgon
