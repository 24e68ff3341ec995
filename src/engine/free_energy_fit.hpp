// The constant terms of measured free energies.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/sample_estimate.hpp"

namespace kgon {

// A line through the runs of one data set.
struct DataSetFit {
  std::uint32_t data_set = 0;  // 0 of the population
  Estimate constant, slope;
  double chi2 = 0;
  std::size_t runs = 0;
};

// F_n - n beta L_n(w*) - lambda log n = constant + slope / n, fitted by weighted least squares to
// the runs of one phase and one data set that are alike but for n. Errors are those of the free
// energies, times sqrt(chi2 / (runs - 2)) where that is above 1: a line is not all there is.
//
// Of several data sets each is fitted by itself, as its n share their first samples and move
// together; constant and slope are the means over the data sets, and the errors those over the data
// sets.
//
// w* is the population's minimum, not that of L_n: of sampled data the constant has the mean of
// n beta (L_n(w-hat) - L_n(w*)) in it, which is no part of the constant by Laplace's method.
struct ConstantFit {
  PhaseCode phase = phase_other;  // W_{k,sigma}
  double beta = 1, prior_scale = 1;
  bool population = false;
  double constant = 0, constant_se = 0;
  double slope = 0, slope_se = 0;
  double chi2 = 0;                       // sum over the data sets, each with two parameters
  std::size_t runs = 0;                  // of all data sets; at least 3 of each
  std::size_t data_sets = 0;             // 1 of the population
  std::vector<DataSetFit> of_data_sets;  // each, in their order
  double formula = 0;                    // the constant of arXiv 2310.06301, |w*|^2 / (2 s^2)
  // LaplaceConstant::total() + lambda log beta; NaN where there is none, and of sampled data.
  double laplace = 0;
};

// Runs in which the phase has less than this occupancy are left out: few particles were ever there.
inline constexpr double least_fitted_occupancy = 0.01;

// estimates: of the plan's runs, in order. Only phases with theory, and data sets with at
// least three n; none of tempering, which has no evidence.
std::vector<ConstantFit> fit_constants(const SamplePlan& plan,
                                       std::span<const RunEstimate> estimates);

}  // namespace kgon
