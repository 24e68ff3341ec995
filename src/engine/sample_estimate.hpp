// From islands to evidences, occupancies and free energies with standard errors.
#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <vector>

#include "kgon/core/phase_code.hpp"
#include "kgon/engine/sample_block.hpp"
#include "kgon/engine/sample_plan.hpp"

namespace kgon {

// se: standard error from the spread of the islands; NaN with fewer than two.
struct Estimate {
  double value = 0, se = 0;
};

// One phase of one posterior.
struct PhaseEstimate {
  Estimate occupancy;           // posterior probability of the phase
  Estimate free_energy;         // -log of integral exp(-n beta L_n) N(w; 0, s^2 I) over the phase
  std::vector<double> without;  // [islands or chains] the free energy that the other islands give
};

// R-hat above which a run is doubtful.
inline constexpr double most_sample_rhat = 1.05;
// Changes of phase of a chain that mixes: there and back twice.
inline constexpr std::uint64_t mixing_phase_changes = 4;

// What the chains of hmc and nuts say of themselves, over those of all islands.
struct ChainQuality {
  double rhat = 0, bulk_ess = 0, tail_ess = 0;  // of the loss, see ChainDiagnostics
  // The largest R-hat of being in a phase, over phases between 1 % and 99 %; infinite where no
  // chain entered or left such a phase, 1 where there is no such phase.
  double phase_rhat = 1;
  std::uint64_t phase_changes = 0;  // from a draw to the next of the same chain, over all chains
  std::uint64_t chains = 0;
  // Chains that changed their phase mixing_phase_changes times or more.
  std::uint64_t mixing_chains = 0;
  double energy_fraction = 0;     // E-BFMI, the smallest over the chains
  std::uint64_t divergences = 0;  // steps after the warm-up

  bool most_chains_mix() const { return 2 * mixing_chains >= chains; }
  // Whether there is evidence that the shares of the phases are the posterior's: most chains go
  // between phases, and they agree. Chains that are all in one phase may each have fallen into it.
  bool weighs_modes() const { return most_chains_mix() && phase_rhat <= most_sample_rhat; }
};

struct RunEstimate {
  // Of the other samplers than smc there is none: log_evidence is NaN, and a free energy is -log of
  // the occupancy, in which only differences mean something.
  bool has_evidence = true;
  Estimate log_evidence;
  Estimate mean_loss;                         // posterior mean of L_n
  std::map<PhaseCode, PhaseEstimate> phases;  // W_{k,sigma}: hull vertices and positive biases
  std::map<PhaseCode, double> theory;         // theory_free_energy, where there is one
  std::map<PhaseCode, Estimate> labels;       // occupancy of the catalogue's labels
  double stages = 0, acceptance = 0;          // means over the islands
  double ancestors = 0;                       // smallest over the islands
  // Of tempering: smallest swap rate and round trips of all chains, both NaN on a ladder of one
  // rung; largest R-hat over the islands, and the sums of their effective sample sizes of the loss.
  double swap_rate = 0, round_trips = 0, rhat = 0, bulk_ess = 0, tail_ess = 0;
  ChainQuality chains;  // of hmc and nuts; of tempering divergences and energy_fraction alone
};

// islands: of one run, in order. Each island's evidence Z_i is unbiased, and so is Z_i p_i for the
// part p_i of its particles in a phase: Z = mean Z_i, the phase's integral mean Z_i p_i, and the
// occupancy their ratio, each with the jackknife's standard error over the islands; of hmc and nuts
// the chains stand in for the islands, as they are independent but for the step size that those of
// an island of hmc share. A phase that no
// island visits has no entry. The free energy of a phase that one island alone visits has se NaN.
RunEstimate estimate_run(const SamplePlan& plan, std::span<const SampleBlock> islands);

}  // namespace kgon
