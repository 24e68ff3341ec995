#include "engine/llc_calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/calibration_law.hpp"
#include "engine/calibration_slope.hpp"
#include "engine/llc_estimate.hpp"
#include "engine/llc_verdict.hpp"

namespace kgon {
namespace {

using Grid = std::span<const CalibrationCell>;

// By nbeta, then gamma.
using Laws = std::map<std::pair<double, double>, std::vector<std::size_t>>;

bool has_left(const LlcEstimate& e) {
  return e.verdict == LlcVerdict::escaped || e.verdict == LlcVerdict::not_a_minimum;
}

// The largest gamma of an nbeta that chains leave, whatever their step: those of a longer step have
// seen more. Below it nothing is to be trusted.
double largest_leaving_gamma(Grid grid, double nbeta) {
  struct Chains {
    double fallen = 0, alive = 0;
    bool left = false;
  };
  std::map<double, Chains> of_gamma;
  for (const CalibrationCell& cell : grid) {
    if (cell.nbeta != nbeta) continue;
    const LlcEstimate& e = cell.estimate;
    Chains& chains = of_gamma[cell.gamma];
    chains.fallen += e.dropped_below;
    chains.alive += e.chains_used + e.dropped_below;
    chains.left = chains.left || has_left(e);
  }
  double largest = -1;
  for (const auto& [gamma, chains] : of_gamma)
    if (chains.left || chains.fallen > most_leaving * chains.alive) largest = gamma;
  return largest;
}

Laws trusted_cells(Grid grid) {
  Laws cells;
  for (std::size_t i = 0; i < grid.size(); ++i) {
    const CalibrationCell& cell = grid[i];
    if (cell.estimate.verdict == LlcVerdict::ok && cell.estimate.mcse > 0 &&
        !takes_more_off(grid, cell, most_localization) &&
        cell.gamma > largest_leaving_gamma(grid, cell.nbeta))
      cells[{cell.nbeta, cell.gamma}].push_back(i);
  }
  return cells;
}

// Where gamma takes more off than the error is, that a smaller one might do.
std::string finer_grid(Grid grid, const CalibrationCell& cell, double error) {
  if (-cell.estimate.localization_bias <= error) return "";
  double below = -1;
  for (const CalibrationCell& other : grid)
    if (other.nbeta == cell.nbeta && other.gamma < cell.gamma) below = std::max(below, other.gamma);
  if (below < 0) return "";
  return fmt::format("; one between {} and it, which --gamma may name, could take less off", below);
}

// What gamma makes of lambda where no Hessian says it: the error knows nothing of that.
std::string no_gaussian_value(Grid grid, const CalibrationCell& cell) {
  const LocalizationSlope slope = localization_slope(grid, cell);
  if (std::isnan(slope.value)) return "there is no Gaussian value to compare with";
  return fmt::format(
      "there is no Gaussian value to compare with, and lambda goes with (n beta / gamma)^({:.2f} "
      "+- "
      "{:.2f}), which the error does not hold",
      slope.value, slope.error);
}

std::string off_gaussian_value(const LlcEstimate& e) {
  return fmt::format(
      "the cells do not show a Gaussian well at any gamma that takes next to nothing off, here "
      "{:.2f} "
      "in place of {:.2f}",
      e.lambda_hat, e.lambda_gaussian);
}

std::string gamma_reason(const CalibrationLaw& law, Grid grid) {
  const CalibrationCell& cell = grid[law.cell()];
  const LlcEstimate& e = cell.estimate;
  switch (law.support()) {
    case Support::gaussian:
      return fmt::format(
          "gamma = {} is the smallest at which the mean of its steps is the Gaussian value within "
          "{} standard errors or {} % (gamma takes {:.2f} off: lambda of the well is {:.2f}){}",
          cell.gamma, most_disagreement, 100 * most_off_well, -e.localization_bias,
          lambda_of_well(e), finer_grid(grid, cell, law.error()));
    case Support::confirmed:
      return fmt::format(
          "{}; gamma = {} is the smallest with cells that agree",
          std::isnan(e.lambda_gaussian) ? no_gaussian_value(grid, cell) : off_gaussian_value(e),
          cell.gamma);
    case Support::alone:
      break;
  }
  return fmt::format("gamma = {} is the smallest with a cell to trust, but none confirms it",
                     cell.gamma);
}

std::string step_reason(const CalibrationLaw& law) {
  if (law.others() == 0)
    return fmt::format("no other step of it can be trusted; the error is {:.3f}", law.error());
  return fmt::format(
      "of its steps this one has the smallest error, {:.3f}, and agrees with {} of {} others",
      law.error(), law.agreeing(), law.others());
}

// What the other temperatures found.
std::string nbeta_reason(const std::vector<CalibrationLaw>& laws, const CalibrationLaw& chosen,
                         Grid grid) {
  std::string text;
  for (const CalibrationLaw& law : laws) {
    if (law.cell() == chosen.cell()) continue;
    const CalibrationCell& cell = grid[law.cell()];
    text += fmt::format("{}{:.2f} +- {:.2f} at n beta = {:.4g}, gamma = {}",
                        text.empty() ? "; the best elsewhere: lambda is " : "; ",
                        cell.estimate.lambda_hat, law.error(), cell.nbeta, cell.gamma);
  }
  return text;
}

CalibrationChoice choice_of(const std::vector<CalibrationLaw>& laws, const CalibrationLaw& law,
                            Grid grid) {
  CalibrationChoice choice;
  choice.cell = law.cell();
  choice.is_trusted = true;
  choice.agreeing = law.agreeing();
  choice.others = law.others();
  choice.error = law.error();
  const LlcEstimate& estimate = grid[law.cell()].estimate;
  choice.lambda =
      law.support() == Support::gaussian ? lambda_of_well(estimate) : estimate.lambda_hat;
  choice.reason = fmt::format("{}; {}{}", gamma_reason(law, grid), step_reason(law),
                              nbeta_reason(laws, law, grid));
  return choice;
}

CalibrationChoice best_of(const Laws& cells, double usual_nbeta, Grid grid) {
  // The best gamma of each nbeta; the map goes from small gammas to large.
  std::vector<CalibrationLaw> laws;
  for (const auto& [key, of_law] : cells) {
    const CalibrationLaw law(grid, of_law);
    const bool same = !laws.empty() && grid[laws.back().cell()].nbeta == key.first;
    if (!same) laws.push_back(law);
    if (same && law.support() > laws.back().support()) laws.back() = law;
  }
  const CalibrationLaw& best = *std::ranges::min_element(laws, {}, [&](const CalibrationLaw& law) {
    const double ratio = grid[law.cell()].nbeta / usual_nbeta;
    return std::abs(std::log(ratio));
  });
  return choice_of(laws, best, grid);
}

int distance_from_ok(LlcVerdict verdict) {
  switch (verdict) {
    case LlcVerdict::ok:
      return 0;
    case LlcVerdict::not_converged:
      return 1;
    case LlcVerdict::step_too_large:
      return 2;
    case LlcVerdict::escaped:
      return 3;
    case LlcVerdict::not_a_minimum:
      break;
  }
  return 4;
}

// What there is to say against the gamma of a cell.
std::string excess_of(Grid grid, const CalibrationCell& cell) {
  const LlcEstimate& e = cell.estimate;
  if (!std::isnan(e.lambda_gaussian))
    return fmt::format("gamma = {} takes {:.2f} off: lambda is the Gaussian well's, whatever w* is",
                       cell.gamma, -e.localization_bias);
  const LocalizationSlope slope = localization_slope(grid, cell);
  if (std::isnan(slope.value))
    return fmt::format(
        "there is no Gaussian value and no ok cell at another gamma or n beta: "
        "nothing says how much of lambda gamma = {} makes",
        cell.gamma);
  return fmt::format(
      "lambda goes with (n beta / gamma)^({:.2f} +- {:.2f}) around gamma = {}, which "
      "makes much of it",
      slope.value, slope.error, cell.gamma);
}

// Why a cell cannot be trusted.
std::string lack_of(Sampler sampler, Grid grid, const CalibrationCell& cell) {
  const LlcEstimate& e = cell.estimate;
  if (e.verdict != LlcVerdict::ok)
    return fmt::format("{}: {}", verdict_name(e.verdict), verdict_reason(sampler, e));
  if (takes_more_off(grid, cell, most_localization)) return excess_of(grid, cell);
  const double leaving = largest_leaving_gamma(grid, cell.nbeta);
  return fmt::format("chains leave at gamma = {}{}", leaving,
                     leaving > cell.gamma ? ", which holds them tighter" : " with other steps");
}

CalibrationChoice nearest_of(Sampler sampler, Grid grid) {
  const auto lack = [](const CalibrationCell& cell) {
    const LlcEstimate& e = cell.estimate;
    const double rhat = std::isnan(e.rhat) ? std::numeric_limits<double>::infinity() : e.rhat;
    return std::tuple(distance_from_ok(e.verdict), rhat, e.step_size);
  };
  CalibrationChoice choice;
  const auto nearest = std::ranges::min_element(grid, {}, lack);
  choice.cell = static_cast<std::size_t>(nearest - grid.begin());
  choice.error = nearest->estimate.mcse;
  choice.lambda = nearest->estimate.lambda_hat;
  choice.reason = fmt::format("no cell can be trusted; this one is nearest, but {}",
                              lack_of(sampler, grid, *nearest));
  return choice;
}

}  // namespace

CalibrationChoice choose_calibration_cell(Sampler sampler, double usual_nbeta, Grid grid) {
  const auto trusted = trusted_cells(grid);
  return trusted.empty() ? nearest_of(sampler, grid) : best_of(trusted, usual_nbeta, grid);
}

}  // namespace kgon
