#include "engine/llc_calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <optional>
#include <tuple>
#include <utility>
#include <vector>

#include "engine/llc_estimate.hpp"

namespace kgon {
namespace {

using Grid = std::span<const CalibrationCell>;

// Of what the step adds, where that is known.
double unbiased(const LlcEstimate& e) {
  return std::isfinite(e.step_bias) ? e.lambda_hat - e.step_bias : e.lambda_hat;
}

bool agree(const LlcEstimate& a, const LlcEstimate& b) {
  return std::abs(unbiased(a) - unbiased(b)) <= most_disagreement * std::hypot(a.mcse, b.mcse);
}

// lambda_hat is that of a Gaussian well. False where the Hessian is unknown or has a negative
// eigenvalue.
bool is_gaussian(const LlcEstimate& e) {
  const double rank_half = e.lambda_gaussian - e.localization_bias;
  return std::abs(unbiased(e) - e.lambda_gaussian) <= most_disagreement * e.mcse &&
         -e.localization_bias <= most_localization_bias * rank_half;
}

// Without localization.
double lambda_of_well(const LlcEstimate& e) {
  return unbiased(e) - e.localization_bias;
}

// How much there is to say for a gamma, best last.
enum class Support : std::uint8_t { alone, confirmed, gaussian };

// Cells with the verdict ok of one nbeta and one gamma.
class Law {
 public:
  Law(Grid grid, std::vector<std::size_t> cells) : grid_(grid), cells_(std::move(cells)) {
    smallest_ = *std::ranges::min_element(cells_, {}, [&](std::size_t i) { return step(i); });
    for (const std::size_t cell : cells_) consider(cell);
  }

  // The cell to take of this law.
  std::size_t cell() const { return best_->cell; }
  std::size_t agreeing() const { return best_->agreeing; }
  std::size_t others() const { return cells_.size() - 1; }
  double error() const { return best_->error; }
  Support support() const {
    if (is_gaussian(grid_[cell()].estimate)) return Support::gaussian;
    return agreeing() > 0 ? Support::confirmed : Support::alone;
  }

 private:
  struct Candidate {
    std::size_t cell, agreeing;
    double error;
  };

  double step(std::size_t cell) const { return grid_[cell].estimate.step_size; }

  void consider(std::size_t cell) {
    const Candidate found{cell, agreeing_with(cell), std::hypot(mcse(cell), bias(cell))};
    if (!best_ || merit(found) < merit(*best_)) best_ = found;
  }
  std::tuple<bool, double, double> merit(const Candidate& of) const {
    return {2 * of.agreeing < others(), of.error, step(of.cell)};
  }

  std::size_t agreeing_with(std::size_t cell) const {
    return static_cast<std::size_t>(std::ranges::count_if(cells_, [&](std::size_t other) {
      return other != cell && agree(grid_[cell].estimate, grid_[other].estimate);
    }));
  }
  double mcse(std::size_t cell) const { return grid_[cell].estimate.mcse; }
  double bias(std::size_t cell) const {
    const LlcEstimate &here = grid_[cell].estimate, &reference = grid_[smallest_].estimate;
    if (std::isfinite(here.step_bias)) return here.step_bias;
    const double apart = here.lambda_hat - reference.lambda_hat;
    const double noise = std::hypot(here.mcse, reference.mcse);
    return std::sqrt(std::max(0.0, apart * apart - noise * noise));
  }

  Grid grid_;
  std::vector<std::size_t> cells_;
  std::size_t smallest_;  // the cell with the smallest step
  std::optional<Candidate> best_;
};

// By nbeta, then gamma.
std::map<std::pair<double, double>, std::vector<std::size_t>> trusted_cells(Grid grid) {
  std::map<std::pair<double, double>, std::vector<std::size_t>> cells;
  for (std::size_t i = 0; i < grid.size(); ++i)
    if (grid[i].estimate.verdict == LlcVerdict::ok)
      cells[{grid[i].nbeta, grid[i].gamma}].push_back(i);
  return cells;
}

std::string gamma_reason(const Law& law, const CalibrationCell& cell) {
  const LlcEstimate& e = cell.estimate;
  switch (law.support()) {
    case Support::gaussian:
      return fmt::format(
          "gamma = {} is the smallest at which lambda is the Gaussian value within {} standard "
          "errors (gamma takes {:.2f} off: lambda of the well is {:.2f})",
          cell.gamma, most_disagreement, -e.localization_bias, lambda_of_well(e));
    case Support::confirmed:
      return fmt::format(
          "{}; gamma = {} is the smallest with cells that agree",
          std::isnan(e.lambda_gaussian)
              ? "there is no Gaussian value to compare with"
              : "lambda is the Gaussian value at no gamma that takes next to nothing off",
          cell.gamma);
    case Support::alone:
      break;
  }
  return fmt::format("gamma = {} is the smallest with a cell that is ok, but none confirms it",
                     cell.gamma);
}

std::string step_reason(const Law& law) {
  if (law.others() == 0)
    return fmt::format("no other step of it is ok; the error is {:.3f}", law.error());
  return fmt::format(
      "of its steps this one has the smallest error, {:.3f}, and agrees with {} of {} others",
      law.error(), law.agreeing(), law.others());
}

// What the other temperatures found.
std::string nbeta_reason(const std::vector<Law>& laws, const Law& chosen, Grid grid) {
  std::string text;
  for (const Law& law : laws) {
    if (law.cell() == chosen.cell()) continue;
    const CalibrationCell& cell = grid[law.cell()];
    text +=
        fmt::format("{}{:.2f} +- {:.2f} at n beta = {:.4g}", text.empty() ? "; lambda is " : ", ",
                    cell.estimate.lambda_hat, law.error(), cell.nbeta);
  }
  return text;
}

CalibrationChoice choice_of(const std::vector<Law>& laws, const Law& law, Grid grid) {
  CalibrationChoice choice;
  choice.cell = law.cell();
  choice.is_trusted = true;
  choice.agreeing = law.agreeing();
  choice.others = law.others();
  choice.error = law.error();
  const LlcEstimate& estimate = grid[law.cell()].estimate;
  choice.lambda =
      law.support() == Support::gaussian ? lambda_of_well(estimate) : estimate.lambda_hat;
  choice.reason = fmt::format("{}; {}{}", gamma_reason(law, grid[law.cell()]), step_reason(law),
                              nbeta_reason(laws, law, grid));
  return choice;
}

CalibrationChoice best_of(
    const std::map<std::pair<double, double>, std::vector<std::size_t>>& cells, double usual_nbeta,
    Grid grid) {
  std::vector<Law> laws;  // the best gamma of each nbeta; the map goes from small gammas to large
  for (const auto& [key, of_law] : cells) {
    const Law law(grid, of_law);
    const bool same = !laws.empty() && grid[laws.back().cell()].nbeta == key.first;
    if (!same) laws.push_back(law);
    if (same && law.support() > laws.back().support()) laws.back() = law;
  }
  const Law& best = *std::ranges::min_element(laws, {}, [&](const Law& law) {
    const double ratio = grid[law.cell()].nbeta / usual_nbeta;
    return std::pair(-static_cast<int>(law.support()), std::abs(std::log(ratio)));
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
  choice.reason = fmt::format("no cell is ok; this one is nearest, but {}: {}",
                              verdict_name(nearest->estimate.verdict),
                              verdict_reason(sampler, nearest->estimate));
  return choice;
}

}  // namespace

CalibrationChoice choose_calibration_cell(Sampler sampler, double usual_nbeta, Grid grid) {
  const auto trusted = trusted_cells(grid);
  return trusted.empty() ? nearest_of(sampler, grid) : best_of(trusted, usual_nbeta, grid);
}

}  // namespace kgon
