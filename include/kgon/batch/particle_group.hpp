// An island of particles and their state in arrays: what one launch of sequential Monte Carlo works
// on.
#pragma once

#include <cstdint>

#include "kgon/batch/observe.hpp"
#include "kgon/core/phase_code.hpp"
#include "kgon/math/scalar.hpp"

namespace kgon {

// A stretch of Hamiltonian steps at one temperature.
struct ParticleStage {
  double nbeta;        // n times the inverse temperature, 0 for the prior
  double step_size;    // of a leapfrog
  std::uint64_t from;  // steps from..to-1, counted over all stages of the island
  std::uint64_t to;
};

// Slots 0..count-1 hold the particles; arrays per slot have `stride` entries, count rounded up to
// whole packs.
template <class Model, class Real>
struct ParticleGroup {
  using Data = typename Model::SortedData;

  std::uint64_t key;  // Philox key of the island
  const Data* data;   // the data set; null with the closed form of the population
  const typename Model::Levels* levels;
  double prior_scale;           // s: the prior is N(0, s^2 I)
  std::uint32_t max_leapfrogs;  // a step has 1 to so many
  std::uint32_t count;
  std::uint32_t stride;

  Real* parameters;         // [P, stride]
  double* loss;             // [stride] L at `parameters`
  std::uint32_t* accepted;  // [stride] steps of the latest stage whose Metropolis test passed
  std::uint32_t* diverged;  // [stride] steps of the latest stage with too large an energy error
  double* hamiltonian;      // [stride] at the end of the latest step
  PhaseCode* phase;         // [stride] label, see ClassifyParticle
  PhaseCode* hull_phase;    // [stride] W_{k,sigma}
};

// Moves particles to where their ancestors were.
template <class Model, class Real>
struct GatherParticle {
  ParticleGroup<Model, Real> group;
  const Real* parameters;          // [P, stride] of the ancestors
  const double* loss;              // [stride]
  const std::uint32_t* ancestors;  // [count] slots

  KGON_FUNCTION void operator()(std::uint32_t slot) const {
    const std::uint32_t from = ancestors[slot];
    for (int p = 0; p < Model::parameters; ++p) {
      const std::uint64_t row = static_cast<std::uint64_t>(p) * group.stride;
      group.parameters[row + slot] = parameters[row + from];
    }
    group.loss[slot] = loss[from];
  }
};

// Writes the phases of a particle.
template <class Model, class Real>
struct ClassifyParticle {
  ParticleGroup<Model, Real> group;

  KGON_FUNCTION void operator()(std::uint32_t slot) const {
    double w[Model::parameters];
    load_point(group.parameters, group.stride, slot, w);
    const typename Model::Classifier classify{group.levels};
    const typename Model::Observation seen = classify(w, 0.0, 0.0);
    group.phase[slot] = seen.phase;
    group.hull_phase[slot] = seen.hull_phase;
  }
};

}  // namespace kgon
