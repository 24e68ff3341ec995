#include "engine/site_curvature.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "engine/catalogue_population.hpp"

namespace kgon {
namespace {

// Over the eigenvalues that are no zeros; NaN where there is no Gaussian well.
template <class Term>
double sum_over_well(const SiteCurvature& curvature, const Term& term) {
  if (curvature.eigenvalues.empty() || !curvature.twice_differentiable ||
      curvature.smallest() < -zero_curvature)
    return std::numeric_limits<double>::quiet_NaN();
  const auto rank =
      std::ranges::count_if(curvature.eigenvalues, [](double h) { return h > zero_curvature; });
  if (!(curvature.depth <= most_depth * 0.5 * static_cast<double>(rank)))
    return std::numeric_limits<double>::quiet_NaN();
  double sum = 0;
  for (const double h : curvature.eigenvalues)
    if (h > zero_curvature) sum += term(h);
  return sum;
}

}  // namespace

double SiteCurvature::largest() const {
  return eigenvalues.empty() ? std::numeric_limits<double>::quiet_NaN() : eigenvalues.back();
}

double SiteCurvature::smallest() const {
  return eigenvalues.empty() ? std::numeric_limits<double>::quiet_NaN() : eigenvalues.front();
}

SiteCurvature site_curvature(const ModelShape& shape, const std::vector<double>& w) {
  SiteCurvature curvature;
  const bool finite = std::ranges::all_of(w, [](double entry) { return std::isfinite(entry); });
  if (!finite) return curvature;
  const tms::PopulationHessian hessian = tms::host_population_hessian(w, shape.hidden);
  curvature.twice_differentiable = hessian.twice_differentiable;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(hessian.matrix);
  const auto& values = solver.eigenvalues();
  curvature.eigenvalues.assign(values.data(), values.data() + values.size());
  // Eigen's columns, one behind the other.
  const auto& vectors = solver.eigenvectors();
  curvature.modes.assign(vectors.data(), vectors.data() + vectors.size());
  return curvature;
}

double default_step_size(Sampler sampler, const SiteCurvature& curvature, double nbeta,
                         double gamma) {
  const double h =
      std::max(least_curvature, curvature.eigenvalues.empty() ? 2.0 : curvature.largest());
  const double precision = nbeta * h + gamma;
  switch (sampler) {
    case Sampler::langevin:
    case Sampler::sgld:
      return 0.1 / precision;
    case Sampler::mala:
      return 0.5 / precision;
    case Sampler::hmc:
      return 0.7 / std::sqrt(precision);
  }
  return 0;
}

double gaussian_lambda(const SiteCurvature& curvature, double nbeta, double gamma) {
  return sum_over_well(curvature, [&](double h) { return 0.5 * nbeta * h / (nbeta * h + gamma); });
}

double gaussian_rank_half(const SiteCurvature& curvature) {
  return sum_over_well(curvature, [](double) { return 0.5; });
}

double gaussian_depth(const SiteCurvature& curvature, const std::vector<double>& gradient,
                      double nbeta, double gamma) {
  double depth = 0;
  auto mode = curvature.modes.begin();
  for (const double h : curvature.eigenvalues) {
    const double slope = nbeta * std::inner_product(gradient.begin(), gradient.end(), mode, 0.0);
    depth += 0.5 * slope * slope / (nbeta * std::max(std::abs(h), zero_curvature) + gamma);
    mode += static_cast<std::ptrdiff_t>(gradient.size());
  }
  return depth;
}

double gaussian_step_bias(Sampler sampler, const SiteCurvature& curvature, double nbeta,
                          double gamma, double step_size) {
  if (sampler == Sampler::sgld) return std::numeric_limits<double>::quiet_NaN();
  return sum_over_well(curvature, [&](double h) {
    if (sampler != Sampler::langevin) return 0.0;
    const double precision = nbeta * h + gamma, quarter = 0.25 * step_size * precision;
    if (quarter >= 1) return std::numeric_limits<double>::infinity();
    return 0.5 * nbeta * h / precision * quarter / (1 - quarter);
  });
}

}  // namespace kgon
