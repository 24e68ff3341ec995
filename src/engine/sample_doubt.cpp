#include "engine/sample_doubt.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdint>
#include <vector>

namespace kgon {
namespace {

// Below these a run is doubtful.
constexpr double least_acceptance = 0.5, least_ancestors = 0.02;
constexpr double lowest_energy_fraction = 0.3;  // Betancourt's
// Islands whose evidences disagree by more are not averaged with profit: one decides.
constexpr double most_evidence_error = 0.5;

using Sentences = std::vector<std::string>;

std::string percent(double part) {
  return fmt::format("{:.3g} %", 100 * part);
}

std::string steps_that_diverged(std::uint64_t steps) {
  return fmt::format("{} step{} diverged", steps, steps == 1 ? "" : "s");
}

// Of smc and tempering, whose errors are from the spread of the islands.
void doubt_part(const SamplePlan& plan, Sentences& doubts) {
  if (plan.is_part() && plan.islands().count == 1)
    doubts.push_back("the one island of this shard has no standard errors; merge the shards");
}

// All conditions are written so that NaN is doubtful.
void doubt_energies(const ChainQuality& chains, Sentences& doubts) {
  if (!(chains.energy_fraction >= lowest_energy_fraction))
    doubts.push_back(fmt::format("E-BFMI is {:.2g}: fresh momenta hardly change the energy",
                                 chains.energy_fraction));
}

void doubt_smc(const SamplePlan& plan, const RunEstimate& estimate, Sentences& doubts) {
  doubt_part(plan, doubts);
  if (!(estimate.acceptance >= least_acceptance))
    doubts.push_back(fmt::format("the last moves were accepted in {} of the cases; take more moves",
                                 percent(estimate.acceptance)));
  if (estimate.ancestors < least_ancestors * plan.smc.particles)
    doubts.push_back(
        fmt::format("the {} particles of an island descend from {}; take more particles",
                    plan.smc.particles, estimate.ancestors));
  if (plan.islands().count > 1 && !(estimate.log_evidence.se <= most_evidence_error))
    doubts.push_back("the islands disagree about the evidence; take more particles");
}

void doubt_tempering(const SamplePlan& plan, const RunEstimate& estimate, Sentences& doubts) {
  doubt_part(plan, doubts);
  if (!(estimate.acceptance >= least_acceptance))
    doubts.push_back(fmt::format("moves were accepted in {} of the cases; take more warmup",
                                 percent(estimate.acceptance)));
  const double chains = static_cast<double>(plan.islands().count) * plan.tempering.chains;
  // A ladder of one rung has no round trips: NaN.
  if (estimate.round_trips < chains)
    doubts.push_back(
        "these chains do not weigh the modes: less than one round trip of the ladder each; take "
        "more rounds, or a smaller ladder-ratio");
  if (plan.tempering.chains < 2) {
    doubts.push_back("a single chain of an island has no R-hat; take 2 chains or more");
  } else if (!(estimate.rhat <= most_sample_rhat)) {
    doubts.push_back(fmt::format("R-hat of the loss is {:.3f}; take more rounds", estimate.rhat));
  }
  if (estimate.chains.divergences > 0)
    doubts.push_back(steps_that_diverged(estimate.chains.divergences) + "; take more warmup");
  doubt_energies(estimate.chains, doubts);
}

void doubt_chains(const SamplePlan& plan, const RunEstimate& estimate, Sentences& doubts) {
  const ChainQuality& chains = estimate.chains;
  if (!(estimate.acceptance >= least_acceptance))
    doubts.push_back(fmt::format("steps were accepted in {} of the cases; take more warmup",
                                 percent(estimate.acceptance)));
  if (chains.chains < 2 || plan.draws < 4) {
    doubts.push_back("R-hat needs 2 chains with 4 draws each");
    return;
  }
  if (!chains.most_chains_mix()) {
    doubts.push_back(
        fmt::format("these chains do not weigh the modes: {} of {} changed their phase {} times or "
                    "more; use smc "
                    "or tempering",
                    chains.mixing_chains, chains.chains, mixing_phase_changes));
  } else if (!chains.weighs_modes()) {
    doubts.push_back(fmt::format(
        "these chains do not weigh the modes: R-hat of being in a phase is {:.4g}; use smc or "
        "tempering",
        chains.phase_rhat));
  }
  if (!(chains.rhat <= most_sample_rhat))
    doubts.push_back(
        fmt::format("R-hat of the loss is {:.4g}; take more draws, or thin them", chains.rhat));
  if (chains.divergences > 0)
    doubts.push_back(steps_that_diverged(chains.divergences) + "; raise target-acceptance");
  doubt_energies(chains, doubts);
}

}  // namespace

std::string doubt(const SamplePlan& plan, const RunEstimate& estimate) {
  Sentences doubts;
  switch (plan.method) {
    case SampleMethod::smc:
      doubt_smc(plan, estimate, doubts);
      break;
    case SampleMethod::tempering:
      doubt_tempering(plan, estimate, doubts);
      break;
    case SampleMethod::hmc:
    case SampleMethod::nuts:
      doubt_chains(plan, estimate, doubts);
  }
  return fmt::format("{}", fmt::join(doubts, "; "));
}

}  // namespace kgon
