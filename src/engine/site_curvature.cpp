#include "engine/site_curvature.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>
#include <limits>

#include "engine/catalogue_population.hpp"

namespace kgon {

double SiteCurvature::largest() const {
  return eigenvalues.empty() ? std::numeric_limits<double>::quiet_NaN() : eigenvalues.back();
}

double SiteCurvature::smallest() const {
  return eigenvalues.empty() ? std::numeric_limits<double>::quiet_NaN() : eigenvalues.front();
}

SiteCurvature site_curvature(const ModelShape& shape, const std::vector<double>& w) {
  SiteCurvature curvature;
  const bool finite = std::ranges::all_of(w, [](double entry) { return std::isfinite(entry); });
  if (shape.hidden != 2 || !finite) return curvature;
  const tms::PopulationHessian hessian = tms::host_population_hessian(w);
  curvature.twice_differentiable = hessian.twice_differentiable;
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(hessian.matrix,
                                                              Eigen::EigenvaluesOnly);
  const auto& values = solver.eigenvalues();
  curvature.eigenvalues.assign(values.data(), values.data() + values.size());
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
  constexpr double none = std::numeric_limits<double>::quiet_NaN();
  if (curvature.eigenvalues.empty() || !curvature.twice_differentiable ||
      curvature.smallest() < -zero_curvature)
    return none;
  double sum = 0;
  for (const double h : curvature.eigenvalues)
    if (h > zero_curvature) sum += 0.5 * nbeta * h / (nbeta * h + gamma);
  return sum;
}

}  // namespace kgon
