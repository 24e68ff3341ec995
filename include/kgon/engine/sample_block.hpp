// Finished islands of `sample`: what a back end hands to the engine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <vector>

#include "kgon/core/phase_code.hpp"

namespace kgon {

// A draw of hmc or nuts beside its parameters.
struct DrawStatistics {
  double hamiltonian = 0;  // of the state with its momentum, at the end of the step
  // hmc: part of the draw's steps that were accepted; nuts: mean acceptance over the trajectory.
  double acceptance = 0;
  double step_size = 0;         // of a leapfrog
  std::uint32_t leapfrogs = 0;  // hmc: of all steps of the draw; nuts: of its trajectory
  std::int32_t tree_depth = 0;  // nuts
  bool diverging = false;

  bool operator==(const DrawStatistics&) const = default;
};

// One island of one run. P parameters.
struct SampleBlock {
  std::size_t run = 0;
  std::uint32_t island = 0;
  double log_evidence = 0;  // log of integral exp(-n beta L_n(w)) N(w; 0, s^2 I) dw, estimated
  double mean_loss = 0;     // posterior mean of L_n
  // Shares of the posterior, 1 in all: by W_{k,sigma} (hull vertices and positive biases), and by
  // the catalogue's label.
  std::map<PhaseCode, double> hull_phases, labels;
  // The formula's free energies (theory_free_energy), by W_{k,sigma}; the plan's first island only.
  std::map<PhaseCode, double> theory;
  std::uint32_t stages = 0;
  double acceptance = 0;        // of the Metropolis tests of the last stage
  double step_size = 0;         // of a leapfrog in the last stage
  std::uint32_t ancestors = 0;  // particles of the start that the last ones descend from
  // Of all particles. Of tempering those of rungs without a run count for the next run above, so
  // that the blocks of an island have all of them together.
  std::uint64_t leapfrogs = 0;
  // Of tempering, which has no evidence, stages and ancestors (they are 0):
  double swap_rate = 0;  // smaller part of the swaps with a neighbour that were made; NaN: has none
  std::uint64_t round_trips = 0;      // of all chains from the lowest rung to the highest and back
  double rhat = 0;                    // split, rank-normalised, of the chains' losses
  double bulk_ess = 0, tail_ess = 0;  // of tempering, effective losses of all chains and rounds

  std::uint64_t divergences = 0;  // of tempering, hmc and nuts: steps after the warm-up
  // [sequences] of them: E-BFMI, see EnergyChanges; of tempering from round to round.
  std::vector<double> energy_fraction;

  // Draws with equal weights, the plan's number of them in each sequence (SamplePlan::sequences).
  std::vector<double> parameters;  // [sequences, draws, P]
  std::vector<double> loss;        // [sequences, draws] L_n
  std::vector<PhaseCode> phase;    // [sequences, draws] label
  std::vector<PhaseCode> hull_phase;
  std::vector<DrawStatistics> statistics;  // [sequences, draws] of hmc and nuts
};

// Frees the memory of its draws, which an assignment of {} would keep.
inline void drop_draws(SampleBlock& block) {
  block.parameters = std::vector<double>();
  block.loss = std::vector<double>();
  block.phase = std::vector<PhaseCode>();
  block.hull_phase = std::vector<PhaseCode>();
  block.statistics = std::vector<DrawStatistics>();
}

// An island between two of its steps, as bytes that its sampler understands. Of tempering one for
// all runs of a ladder, under the lowest of them.
struct SampleState {
  std::size_t run = 0;
  std::uint32_t island = 0;
  std::vector<std::byte> bytes;
};

}  // namespace kgon
