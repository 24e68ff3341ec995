#include "engine/llc_calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <tuple>
#include <vector>

#include "engine/llc_estimate.hpp"

namespace kgon {
namespace {

bool agree(const LlcEstimate& a, const LlcEstimate& b) {
  return std::abs(a.lambda_hat - b.lambda_hat) <= most_disagreement * std::hypot(a.mcse, b.mcse);
}

using Grid = std::span<const CalibrationCell>;

// Cells with the verdict ok by their gamma.
std::map<double, std::vector<std::size_t>> trusted_cells(Grid grid) {
  std::map<double, std::vector<std::size_t>> cells;
  for (std::size_t i = 0; i < grid.size(); ++i)
    if (grid[i].estimate.verdict == LlcVerdict::ok) cells[grid[i].gamma].push_back(i);
  return cells;
}

std::size_t agreeing_with(std::size_t cell, const std::vector<std::size_t>& cells, Grid grid) {
  return static_cast<std::size_t>(std::ranges::count_if(cells, [&](std::size_t other) {
    return other != cell && agree(grid[cell].estimate, grid[other].estimate);
  }));
}

// The best of at least one cell with the verdict ok, all of one gamma.
CalibrationChoice best_of(const std::vector<std::size_t>& cells, Grid grid) {
  CalibrationChoice choice;
  choice.is_trusted = true;
  choice.others = cells.size() - 1;
  const auto merit = [&](std::size_t cell, std::size_t agreeing) {
    return std::tuple(agreeing, grid[cell].estimate.ess, -grid[cell].estimate.step_size);
  };
  choice.cell = cells.front();
  choice.agreeing = agreeing_with(choice.cell, cells, grid);
  for (const std::size_t cell : cells) {
    const std::size_t agreeing = agreeing_with(cell, cells, grid);
    if (merit(cell, agreeing) <= merit(choice.cell, choice.agreeing)) continue;
    choice.cell = cell;
    choice.agreeing = agreeing;
  }
  return choice;
}

CalibrationChoice best_of(const std::map<double, std::vector<std::size_t>>& trusted, Grid grid) {
  CalibrationChoice choice = best_of(trusted.begin()->second, grid);
  for (const auto& [gamma, cells] : trusted) {
    const CalibrationChoice confirmed = best_of(cells, grid);
    if (confirmed.agreeing == 0) continue;
    choice = confirmed;
    break;
  }
  const CalibrationCell& cell = grid[choice.cell];
  choice.reason =
      choice.agreeing == 0
          ? fmt::format(
                "gamma = {} is the smallest with a cell that is ok, but no other cell of "
                "it agrees",
                cell.gamma)
          : fmt::format(
                "gamma = {} is the smallest with cells that are ok and agree; this one "
                "agrees with {} of its {} others within {} standard errors and of those "
                "that do has the largest effective sample size ({:.0f})",
                cell.gamma, choice.agreeing, choice.others, most_disagreement, cell.estimate.ess);
  return choice;
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
  choice.reason = fmt::format("no cell is ok; this one is nearest, but {}: {}",
                              verdict_name(nearest->estimate.verdict),
                              verdict_reason(sampler, nearest->estimate));
  return choice;
}

}  // namespace

CalibrationChoice choose_calibration_cell(Sampler sampler, Grid grid) {
  const auto trusted = trusted_cells(grid);
  return trusted.empty() ? nearest_of(sampler, grid) : best_of(trusted, grid);
}

}  // namespace kgon
