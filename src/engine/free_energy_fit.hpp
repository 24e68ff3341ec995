// The constant terms of measured free energies.
#pragma once

#include <span>
#include <vector>

#include "engine/sample_estimate.hpp"

namespace kgon {

// F_n - n beta L_n(w*) - lambda log n = constant + slope / n, fitted by weighted least squares to
// the runs of one phase that are alike but for n and the data set. Errors are those of the free
// energies, times sqrt(chi2 / (runs - 2)) where that is above 1: data sets differ by more than
// islands do.
struct ConstantFit {
  PhaseCode phase = phase_other;  // W_{k,sigma}
  double beta = 1, prior_scale = 1;
  bool population = false;
  double constant = 0, constant_se = 0;
  double slope = 0, slope_se = 0;
  double chi2 = 0;
  std::size_t runs = 0;  // at least 3
  double formula = 0;    // the constant of arXiv 2310.06301, |w*|^2 / (2 s^2)
  double laplace = 0;    // LaplaceConstant::total() + lambda log beta; NaN where there is none
};

// Runs in which the phase has less than this occupancy are left out: few particles were ever there.
inline constexpr double least_fitted_occupancy = 0.01;

// estimates: of the plan's runs, in order. Only phases with theory and at least three runs at two
// or more different n; none of tempering, which has no evidence.
std::vector<ConstantFit> fit_constants(const SamplePlan& plan,
                                       std::span<const RunEstimate> estimates);

}  // namespace kgon
