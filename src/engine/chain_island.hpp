// The chains of one island of hmc or nuts. They do not weigh modes that they cannot cross between:
// they are for replication and for work within a mode.
#pragma once

#include "engine/nuts_runner.hpp"
#include "engine/particle_runner.hpp"
#include "engine/smc_island.hpp"

namespace kgon {

// Hamiltonian steps with jittered numbers of leapfrogs (HamiltonianStep); in the warm-up the chains
// steer their common step size to the target acceptance, decided on the host from the number of
// accepted steps. False if stopped. Adds island_progress to control.member_steps.
bool run_hmc_island(const IslandTask& task, ParticleRunner& runner, SampleBlock& block,
                    RunControl& control);

// The no-U-turn sampler (TreeBuilder), every chain with its own warm-up.
bool run_nuts_island(const IslandTask& task, NutsRunner& runner, SampleBlock& block,
                     RunControl& control);

}  // namespace kgon
