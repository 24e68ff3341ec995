// Where the most probable phase changes along n.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "engine/sample_estimate.hpp"

namespace kgon {

// Where the free energies of two phases are equal by the formula with some of the constants of
// LaplaceConstant.
struct PredictedCrossing {
  std::string constants;  // those that are in, the latest one: "loss and lambda", "+ norm", ...
  double n = 0;           // NaN where they never are
};

// Of one data set; 0 of the population.
struct MeasuredCrossing {
  std::uint32_t data_set = 0;
  std::uint32_t below = 0, above = 0;  // n of the grid on either side
  double n = 0, se = 0;                // NaN where nothing is known but the bracket
};

// Between two neighbouring n of runs that are alike in everything else (data set, beta, prior
// scale).
struct Crossing {
  PhaseCode from = phase_other, to = phase_other;
  double beta = 1, prior_scale = 1;
  bool population = false;
  // The n of the grid on either side: the lowest and the highest over the data sets.
  std::uint32_t below = 0, above = 0;
  // Zero of the difference of the free energies, linear in n between the two but for the term in
  // log n where both phases have a lambda; mean over the data sets that have this crossing, of each
  // the last one. NaN where no data set has more than a bracket.
  double n_measured = 0;
  // Over data sets; of a single one the jackknife's, each island being left out at both n at once:
  // in tempering these are rungs of one ladder.
  double se = 0;
  std::size_t data_sets = 0;  // those in the mean
  // Data sets more in which one of the phases was never visited at one of the two n: the crossing
  // is between them, and nothing says where.
  std::size_t data_sets_unresolved = 0;
  std::vector<MeasuredCrossing> of_data_sets;  // each, in their order
  double n_predicted = 0;  // see predicted_crossing; NaN where the theory gives no number
  // The same with one constant more in each, in the order of LaplaceConstant; empty where a phase
  // has none.
  std::vector<PredictedCrossing> predictions;
};

// estimates: of the plan's runs, in order. For each beta and prior scale in ascending n_measured,
// or `below` where there is none.
std::vector<Crossing> find_crossings(const SamplePlan& plan,
                                     std::span<const RunEstimate> estimates);

}  // namespace kgon
