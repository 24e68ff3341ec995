// Finished islands of `sample`: what a back end hands to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "kgon/core/phase_code.hpp"

namespace kgon {

// One island of one run. P parameters.
struct SampleBlock {
  std::size_t run = 0;
  std::uint32_t island = 0;
  double log_evidence = 0;  // log of integral exp(-n beta L_n(w)) N(w; 0, s^2 I) dw, estimated
  double mean_loss = 0;     // posterior mean of L_n
  // Shares of the posterior, 1 in all: by W_{k,sigma} (hull vertices and positive biases), and by
  // the catalogue's label.
  std::map<PhaseCode, double> hull_phases, labels;
  // The formula's free energies (theory_free_energy), by W_{k,sigma}; island 0 only.
  std::map<PhaseCode, double> theory;
  std::uint32_t stages = 0;
  double acceptance = 0;        // of the Metropolis tests of the last stage
  double step_size = 0;         // of a leapfrog in the last stage
  std::uint32_t ancestors = 0;  // particles of the start that the last ones descend from
  std::uint64_t leapfrogs = 0;  // of all particles
  // Of tempering, which has no evidence, stages and ancestors (they are 0):
  double swap_rate = 0;           // smaller one of the swaps with the two neighbours that were made
  std::uint64_t round_trips = 0;  // of all chains from the lowest rung to the highest and back
  double rhat = 0;                // split, rank-normalised, of the chains' losses

  // Draws with equal weights, the plan's number of them.
  std::vector<double> parameters;  // [draws, P]
  std::vector<double> loss;        // [draws] L_n
  std::vector<PhaseCode> phase;    // [draws] label
  std::vector<PhaseCode> hull_phase;
};

}  // namespace kgon
