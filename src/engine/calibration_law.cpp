#include "engine/calibration_law.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

namespace kgon {
namespace {

// Of what the step adds, where that is known.
double unbiased(const LlcEstimate& e) {
  return std::isfinite(e.step_bias) ? e.lambda_hat - e.step_bias : e.lambda_hat;
}

bool agree(const LlcEstimate& a, const LlcEstimate& b) {
  return std::abs(unbiased(a) - unbiased(b)) <= most_disagreement * std::hypot(a.mcse, b.mcse);
}

double rank_half(const LlcEstimate& e) {
  return e.lambda_gaussian - e.localization_bias;
}

double weight_of(const LlcEstimate& e) {
  return 1 / (e.mcse * e.mcse);
}

}  // namespace

bool takes_more_off(const LlcEstimate& e, double part) {
  return -e.localization_bias > part * rank_half(e);
}

CalibrationLaw::CalibrationLaw(std::span<const CalibrationCell> grid,
                               std::vector<std::size_t> cells)
    : grid_(grid), cells_(std::move(cells)) {
  line_ = line_through_cells();
  for (const std::size_t cell : cells_) consider(cell);
}

Support CalibrationLaw::support() const {
  if (is_gaussian()) return Support::gaussian;
  const bool is_known =
      error() <= most_confirmed_error * std::max(1.0, std::abs(at(cell()).lambda_hat));
  return agreeing() > 0 && is_known ? Support::confirmed : Support::alone;
}

void CalibrationLaw::consider(std::size_t cell) {
  const Candidate found{cell, agreeing_with(cell), std::hypot(at(cell).mcse, bias(cell))};
  if (!best_ || merit(found) < merit(*best_)) best_ = found;
}

std::tuple<bool, double, double> CalibrationLaw::merit(const Candidate& of) const {
  return {2 * of.agreeing < others(), of.error, at(of.cell).step_size};
}

std::size_t CalibrationLaw::agreeing_with(std::size_t cell) const {
  return static_cast<std::size_t>(std::ranges::count_if(
      cells_, [&](std::size_t other) { return other != cell && agree(at(cell), at(other)); }));
}

double CalibrationLaw::bias(std::size_t cell) const {
  if (std::isfinite(at(cell).step_bias)) return at(cell).step_bias;
  return (std::abs(line_.slope) + line_.slope_error) * at(cell).step_size;
}

// Nothing where the cells have one step.
CalibrationLaw::Line CalibrationLaw::line_through_cells() const {
  double weight = 0, step = 0, lambda = 0;
  for (const std::size_t cell : cells_) {
    weight += weight_of(at(cell));
    step += weight_of(at(cell)) * at(cell).step_size;
    lambda += weight_of(at(cell)) * at(cell).lambda_hat;
  }
  double spread = 0, together = 0;
  for (const std::size_t cell : cells_) {
    const double off = at(cell).step_size - step / weight;
    spread += weight_of(at(cell)) * off * off;
    together += weight_of(at(cell)) * off * (at(cell).lambda_hat - lambda / weight);
  }
  if (!(spread > 0)) return {};
  return {together / spread, 1 / std::sqrt(spread)};
}

// By the mean of the cells that agree. False where the Hessian is unknown or has a negative
// eigenvalue.
bool CalibrationLaw::is_gaussian() const {
  double weight = 0, sum = 0;
  for (const std::size_t cell : cells_) {
    if (!agree(at(cell), at(best_->cell))) continue;
    weight += weight_of(at(cell));
    sum += weight_of(at(cell)) * unbiased(at(cell));
  }
  const LlcEstimate& e = at(best_->cell);
  const double error = 1 / std::sqrt(weight);
  return error <= most_gaussian_error * rank_half(e) &&
         std::abs(sum / weight - e.lambda_gaussian) <=
             std::max(most_disagreement * error, most_off_well * rank_half(e)) &&
         !takes_more_off(e, most_localization_bias);
}

}  // namespace kgon
