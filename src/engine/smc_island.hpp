// Sequential Monte Carlo from the prior to the posterior, one island of particles (Del Moral,
// Doucet and Jasra 2006, with adaptive tempering as in Jasra et al. 2011).
#pragma once

#include "engine/particle_runner.hpp"
#include "engine/sample_bytes.hpp"
#include "kgon/engine/sample_block.hpp"
#include "kgon/engine/sample_plan.hpp"

namespace kgon {

struct IslandTask {
  const SamplePlan* plan = nullptr;
  std::size_t run = 0;
  std::uint32_t island = 0;
  const SortedSampleTable* data = nullptr;  // null: the population loss
  WorkStates states = {};
};

// Weights are kept until their effective sample size falls below this part of the particles.
inline constexpr double resample_below = 0.5;
// Acceptance that the step size of the moves is steered to.
inline constexpr double target_acceptance = 0.8;
// Root of the precision of the posterior in its stiffest direction. A leapfrog is a factor, which
// acceptances steer, divided by it.
double stiffest_root_precision(double prior_scale, double nbeta);
// What an island adds to RunControl::member_steps, whatever its number of stages.
inline constexpr std::uint64_t island_progress = 1000;

// Names the block; the plan's first island gets the formula's free energies.
void begin_block(const IslandTask& task, SampleBlock& block);

// Runs the island to inverse temperature 1; false if stopped. Temperatures, ancestors and step
// sizes are decided on the host from the losses and are a function of the task alone.
bool run_island(const IslandTask& task, ParticleRunner& runner, SampleBlock& block,
                RunControl& control);

}  // namespace kgon
