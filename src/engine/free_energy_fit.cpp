#include "engine/free_energy_fit.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <utility>

#include "engine/free_energy_theory.hpp"
#include "engine/laplace_constant.hpp"
#include "engine/none.hpp"

namespace kgon {
namespace {

struct Measured {
  double inverse_n, rest, se;
};

// A line through the points, weighted.
DataSetFit fit_line(std::uint32_t data_set, const std::vector<Measured>& points) {
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
  const double slope = xy / xx, constant = y - slope * x;
  double chi2 = 0;
  for (const Measured& p : points)
    chi2 += std::pow((p.rest - constant - slope * p.inverse_n) / p.se, 2);
  const double scale = std::sqrt(std::max(1.0, chi2 / static_cast<double>(points.size() - 2)));
  return {data_set,
          {constant, scale * std::sqrt(1 / weight + x * x / xx)},
          {slope, scale / std::sqrt(xx)},
          chi2,
          points.size()};
}

// Over several lines the mean and its standard error; of a single one its own.
Estimate mean_of(const std::vector<DataSetFit>& lines, Estimate DataSetFit::*part) {
  if (lines.size() == 1) return lines.front().*part;
  const auto count = static_cast<double>(lines.size());
  double mean = 0, squares = 0;
  for (const DataSetFit& line : lines) mean += (line.*part).value / count;
  for (const DataSetFit& line : lines) squares += std::pow((line.*part).value - mean, 2);
  return {mean, std::sqrt(squares / (count * (count - 1)))};
}

// What is fitted together: population, beta, prior scale, phase.
using Series = std::tuple<bool, double, double, PhaseCode>;
// By data set, 0 of the population.
using Points = std::map<std::uint32_t, std::vector<Measured>>;

std::map<Series, Points> points_of(const SamplePlan& plan, std::span<const RunEstimate> estimates,
                                   const std::map<PhaseCode, PhaseTheory>& theories) {
  std::map<Series, Points> series;
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
      series[{run.population, run.beta, run.prior_scale, code}][run.data_set].push_back(
          {1.0 / run.samples, free_energy.value - formula + norm, free_energy.se});
    }
  }
  return series;
}

// False where no data set has enough runs.
bool fit_data_sets(const Points& points, ConstantFit& fit) {
  std::vector<DataSetFit>& lines = fit.of_data_sets;
  for (const auto& [data_set, of_data_set] : points) {
    if (of_data_set.size() < 3) continue;
    lines.push_back(fit_line(data_set, of_data_set));
    fit.chi2 += lines.back().chi2;
    fit.runs += lines.back().runs;
  }
  fit.data_sets = lines.size();
  if (lines.empty()) return false;
  const Estimate constant = mean_of(lines, &DataSetFit::constant);
  const Estimate slope = mean_of(lines, &DataSetFit::slope);
  std::tie(fit.constant, fit.constant_se) = std::pair(constant.value, constant.se);
  std::tie(fit.slope, fit.slope_se) = std::pair(slope.value, slope.se);
  return true;
}

double laplace_of(const ModelShape& shape, const ConstantFit& fit, const PhaseTheory& theory) {
  if (!fit.population) return none;
  const auto constants = laplace_constants(shape, fit.prior_scale);
  const auto found = constants.find(fit.phase);
  return found == constants.end() ? none
                                  : found->second.total() + theory.lambda * std::log(fit.beta);
}

}  // namespace

std::vector<ConstantFit> fit_constants(const SamplePlan& plan,
                                       std::span<const RunEstimate> estimates) {
  const auto theories = phase_theories(plan.shape);
  std::vector<ConstantFit> fits;
  for (const auto& [key, points] : points_of(plan, estimates, theories)) {
    ConstantFit fit;
    std::tie(fit.population, fit.beta, fit.prior_scale, fit.phase) = key;
    if (!fit_data_sets(points, fit)) continue;
    const PhaseTheory& theory = theories.at(fit.phase);
    fit.formula = theory.half_norm2 / (fit.prior_scale * fit.prior_scale);
    fit.laplace = laplace_of(plan.shape, fit, theory);
    fits.push_back(fit);
  }
  return fits;
}

}  // namespace kgon
