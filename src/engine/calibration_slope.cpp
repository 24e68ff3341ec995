#include "engine/calibration_slope.hpp"

#include <cmath>
#include <map>

#include "engine/none.hpp"

namespace kgon {
namespace {

struct Mean {
  double weight = 0, sum = 0;
  double value() const { return sum / weight; }
  double error() const { return 1 / std::sqrt(weight); }
};

double looseness(const CalibrationCell& cell) {
  return std::log(cell.nbeta / cell.gamma);
}

// Means of the ok cells on the cell's row and column of the grid, by looseness.
std::map<double, Mean> means_around(std::span<const CalibrationCell> grid,
                                    const CalibrationCell& cell) {
  std::map<double, Mean> means;
  for (const CalibrationCell& other : grid) {
    const LlcEstimate& e = other.estimate;
    if (other.nbeta != cell.nbeta && other.gamma != cell.gamma) continue;
    if (e.verdict != LlcVerdict::ok || !(e.mcse > 0) || !(other.gamma > 0)) continue;
    Mean& mean = means[looseness(other)];
    mean.weight += 1 / (e.mcse * e.mcse);
    mean.sum += e.lambda_hat / (e.mcse * e.mcse);
  }
  return means;
}

}  // namespace

LocalizationSlope localization_slope(std::span<const CalibrationCell> grid,
                                     const CalibrationCell& cell) {
  if (cell.gamma == 0) return {0, 0};
  const auto means = means_around(grid, cell);
  const auto own = means.find(looseness(cell));
  if (own == means.end()) return {none, none};
  auto other = std::next(own);
  if (other == means.end()) {
    if (own == means.begin()) return {none, none};
    other = std::prev(own);
  }
  const Mean &a = own->second, &b = other->second;
  if (!(a.value() > 0) || !(b.value() > 0)) return {none, none};
  const double length = other->first - own->first;
  return {std::log(b.value() / a.value()) / length,
          std::hypot(a.error() / a.value(), b.error() / b.value()) / std::abs(length)};
}

bool takes_more_off(std::span<const CalibrationCell> grid, const CalibrationCell& cell,
                    double part) {
  if (!std::isnan(cell.estimate.lambda_gaussian)) return takes_more_off(cell.estimate, part);
  const LocalizationSlope slope = localization_slope(grid, cell);
  return !(slope.value + slope.error <= part);
}

}  // namespace kgon
