// Assembles the catalogue: every standard point with its loss, spectrum and learning coefficient.
#include "kgon/engine/catalogue.hpp"

#include <fmt/format.h>

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "engine/catalogue_points.hpp"
#include "engine/catalogue_polygon.hpp"
#include "engine/catalogue_population.hpp"

namespace kgon::tms {
namespace {

struct Spectrum {
  int rank = 0;
  int negative = 0;
};

// The Hessian is a closed form at a point known to 1e-15, so a true zero comes out near 1e-15 of
// the largest eigenvalue; the smallest that is none is 2e-3 of it (8-gon), 9e-3 (12-gon's negative
// one). 1e-9 lies far from both.
Spectrum spectrum_of(const Eigen::MatrixXd& hessian) {
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(hessian, Eigen::EigenvaluesOnly);
  const Eigen::VectorXd& values = solver.eigenvalues();
  const double threshold = 1e-9 * values.cwiseAbs().maxCoeff();
  Spectrum spectrum;
  for (const double value : values) {
    if (std::abs(value) > threshold) ++spectrum.rank;
    if (value < -threshold) ++spectrum.negative;
  }
  return spectrum;
}

double norm2(const std::vector<double>& values) {
  double sum = 0;
  for (const double value : values) sum += value * value;
  return sum;
}

// Dimension of the smooth critical set through the point: the rotation (for three features each
// vertex turns freely), and the column and bias of every dead column.
int flat_directions(const CriticalPoint& point, int features) {
  const int rotations = point.k == 3 ? 3 : 1;
  return rotations + 3 * (features - point.k - point.sigma);
}

std::string square_reason(const CriticalPoint& point) {
  if (point.phi == 4) return "none: the theory covers k >= 5, and here every vertex is silent";
  return "none: L is C1, not C2, at a 4-gon (W_i . W_j = 0 where b_j = 0), so no Hessian rank "
         "gives lambda";
}

// lambda = rank / 2 where the Hessian is semidefinite and its kernel is the tangent of the critical
// set (Morse-Bott): then L is a sum of `rank` squares near the point.
void set_lambda(CriticalPoint& point, int features, bool dead_kink) {
  const int flat = flat_directions(point, features);
  if (dead_kink) {
    point.lambda_reason = "none: at bias 0 a dead column is on a kink of L, and L falls from it";
  } else if (point.k == 4) {
    point.lambda_reason = square_reason(point);
  } else if (point.negative_eigenvalues > 0) {
    point.lambda_reason =
        fmt::format("none: a saddle, the Hessian has {} negative eigenvalue{}",
                    point.negative_eigenvalues, point.negative_eigenvalues == 1 ? "" : "s");
  } else if (point.hessian_rank + flat != 3 * features) {
    point.lambda_reason = "none: the Hessian has zero eigenvalues that no symmetry explains";
  } else {
    point.lambda = point.hessian_rank / 2.0;
    point.lambda_reason = fmt::format(
        "half the Hessian's rank: its kernel is the tangent of a critical set of dimension {}",
        flat);
  }
}

CriticalPoint make_point(PhaseCode code, int features, double dead_bias) {
  CriticalPoint point;
  point.label = phase_label(code);
  point.k = phase_vertices(code);
  point.sigma = phase_positive(code);
  point.phi = phase_negative(code);
  const PolygonSolution gon = solve_polygon(point.k).value();
  point.length = gon.length;
  point.bias = gon.bias;
  point.parameters = standard_point(code, features, dead_bias);
  point.loss = host_population_loss(point.parameters);
  point.gradient_norm = std::sqrt(norm2(host_population_gradient(point.parameters)));
  point.half_norm2 = norm2(point.parameters) / 2;
  const PopulationHessian hessian = host_population_hessian(point.parameters);
  const Spectrum spectrum = spectrum_of(hessian.matrix);
  point.hessian_rank = spectrum.rank;
  point.negative_eigenvalues = spectrum.negative;
  point.twice_differentiable = hessian.twice_differentiable;
  set_lambda(point, features, dead_bias == 0 && point.k + point.sigma < features);
  return point;
}

// "9", "9 and 10", "9, 10 and 11".
std::string join_numbers(const std::vector<int>& numbers) {
  std::string text;
  for (std::size_t i = 0; i < numbers.size(); ++i) {
    if (i > 0) text += i + 1 == numbers.size() ? " and " : ", ";
    text += std::to_string(numbers[i]);
  }
  return text;
}

}  // namespace

std::vector<CriticalPoint> critical_points(int features, double dead_bias) {
  std::vector<CriticalPoint> points;
  for (const PhaseCode code : catalogue_codes(features)) {
    points.push_back(make_point(code, features, dead_bias));
  }
  std::stable_sort(points.begin(), points.end(),
                   [](const auto& a, const auto& b) { return a.loss < b.loss; });
  return points;
}

std::vector<std::string> missing_points(int features) {
  std::vector<std::string> sentences;
  std::vector<int> missing;
  for (int k = 4; k <= features; ++k) {
    std::string reason;
    if (solve_polygon(k, &reason)) continue;
    missing.push_back(k);
    if (k == features) {
      sentences.push_back(
          fmt::format("No k = c gon exists for {} features: {}.", features, reason));
    }
  }
  if (!missing.empty() && missing != std::vector<int>{features}) {
    sentences.push_back(fmt::format("No k-gon exists for k = {}.", join_numbers(missing)));
  }
  if (features >= 12) {
    // Of k = 9..210 it is the one polygon with a root that meets the gon constraint.
    const PolygonSolution false_root = polygon_roots(12).back().solution;
    sentences.push_back(
        fmt::format("The 12-gon is a saddle, no minimum; the other root of its polynomial system, "
                    "l = {:.6f}, b = {:.6f}, breaks the gon constraint and is no critical point.",
                    false_root.length, false_root.bias));
  }
  return sentences;
}

PhaseLevels phase_levels(int features) {
  const std::vector<CriticalPoint> points = critical_points(features);
  if (points.size() > max_phase_levels) throw std::logic_error("max_phase_levels is too small");
  PhaseLevels levels;
  for (const CriticalPoint& point : points) {
    levels.level[levels.count++] = {phase_code(point.k, point.sigma, point.phi), point.loss,
                                    point.length};
  }
  return levels;
}

}  // namespace kgon::tms
