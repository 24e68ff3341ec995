#include "engine/llc_calibration.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <tuple>
#include <vector>

#include "engine/llc_estimate.hpp"

namespace kgon {
namespace {

bool agree(const LlcEstimate& a, const LlcEstimate& b) {
  return std::abs(a.lambda_hat - b.lambda_hat) <= most_disagreement * std::hypot(a.mcse, b.mcse);
}

std::vector<std::size_t> trusted_cells(std::span<const LlcEstimate> grid) {
  std::vector<std::size_t> cells;
  for (std::size_t i = 0; i < grid.size(); ++i)
    if (grid[i].verdict == LlcVerdict::ok) cells.push_back(i);
  return cells;
}

std::size_t agreeing_with(std::size_t cell, const std::vector<std::size_t>& cells,
                          std::span<const LlcEstimate> grid) {
  return static_cast<std::size_t>(std::ranges::count_if(
      cells, [&](std::size_t other) { return other != cell && agree(grid[cell], grid[other]); }));
}

CalibrationChoice best_of(const std::vector<std::size_t>& cells,
                          std::span<const LlcEstimate> grid) {
  CalibrationChoice choice;
  choice.is_trusted = true;
  choice.others = cells.size() - 1;
  const auto merit = [&](std::size_t cell, std::size_t agreeing) {
    return std::tuple(agreeing, grid[cell].ess, -grid[cell].step_size);
  };
  choice.cell = cells.front();
  choice.agreeing = agreeing_with(choice.cell, cells, grid);
  for (const std::size_t cell : cells) {
    const std::size_t agreeing = agreeing_with(cell, cells, grid);
    if (merit(cell, agreeing) <= merit(choice.cell, choice.agreeing)) continue;
    choice.cell = cell;
    choice.agreeing = agreeing;
  }
  choice.reason =
      choice.others == 0
          ? "the only cell whose verdict is ok"
          : fmt::format(
                "agrees with {} of the {} other cells that are ok within {} standard "
                "errors, and has the largest effective sample size of those that do ({:.0f})",
                choice.agreeing, choice.others, most_disagreement, grid[choice.cell].ess);
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

CalibrationChoice nearest_of(Sampler sampler, std::span<const LlcEstimate> grid) {
  const auto lack = [](const LlcEstimate& e) {
    const double rhat = std::isnan(e.rhat) ? std::numeric_limits<double>::infinity() : e.rhat;
    return std::tuple(distance_from_ok(e.verdict), rhat, e.step_size);
  };
  CalibrationChoice choice;
  const auto nearest = std::ranges::min_element(grid, {}, lack);
  choice.cell = static_cast<std::size_t>(nearest - grid.begin());
  choice.reason = fmt::format("no cell is ok; this one is nearest, but {}: {}",
                              verdict_name(nearest->verdict), verdict_reason(sampler, *nearest));
  return choice;
}

}  // namespace

CalibrationChoice choose_calibration_cell(Sampler sampler, std::span<const LlcEstimate> grid) {
  const std::vector<std::size_t> trusted = trusted_cells(grid);
  return trusted.empty() ? nearest_of(sampler, grid) : best_of(trusted, grid);
}

}  // namespace kgon
