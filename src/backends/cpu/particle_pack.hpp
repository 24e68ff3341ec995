// The seam between ordinary code and the code of particles and chains of `sample`, compiled once
// per instruction set.
#pragma once

#include "backends/cpu/pack_task.hpp"
#include "kgon/batch/nuts_group.hpp"
#include "kgon/batch/particle_group.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon::cpu {

// Instantiated by particle_pack.cpp for each entry of KGON_MODELS and each instruction set; the
// group's stride is a multiple of pack_lanes<Isa, Real>. Puts the particles at draws from the
// prior.
template <class Isa, int H, int C, class Real>
void start_particles(const ParticleGroup<tms::Model<H, C>, Real>& group);
// One stage; false if `proceed`, asked after every pack, said stop.
template <class Isa, int H, int C, class Real>
bool move_particles(const ParticleGroup<tms::Model<H, C>, Real>& group, const ParticleStage& stage,
                    const Progress& progress);

// Chains of the no-U-turn sampler, whose points are in the group, at their first step.
template <class Isa, int H, int C, class Real>
void start_nuts(const NutsGroup<tms::Model<H, C>, Real>& group);
// So many leapfrogs of each chain; whether all are done. False also if `proceed`, asked after every
// pack, said stop.
template <class Isa, int H, int C, class Real>
bool advance_nuts(const NutsGroup<tms::Model<H, C>, Real>& group, std::uint32_t leapfrogs,
                  const Progress& progress);

}  // namespace kgon::cpu
