// What a back end does for an island of particles: start, move, resample, look; nothing else.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/sorted_samples.hpp"
#include "kgon/batch/particle_group.hpp"
#include "kgon/batch/particle_weights.hpp"
#include "kgon/engine/backend.hpp"
#include "kgon/model/tms/phase.hpp"

namespace kgon {

struct ParticleJob {
  std::uint64_t key = 0;  // Philox key of the island
  std::uint32_t particles = 0;
  std::uint32_t max_leapfrogs = 1;
  double prior_scale = 1;
  const SortedSampleTable* data = nullptr;  // null: the population loss
  std::size_t data_id = 0;                  // the same for the same data set, one run long
  const tms::PhaseLevels* levels = nullptr;
};

// Of each particle, in the latest stage.
struct ParticleSteps {
  std::vector<std::uint32_t> accepted;  // steps whose Metropolis test passed
  std::vector<std::uint32_t> diverged;  // steps whose energy rose by more than max_energy_error
  std::vector<double> hamiltonian;      // at the end of the last step
};

// Keeps the particles of one island. Throws DeviceFailure.
class ParticleRunner {
 public:
  virtual ~ParticleRunner() = default;
  // Draws the particles from the prior; what was there before is gone. The job's tables must live
  // until the next start.
  virtual void start(const ParticleJob& job) = 0;
  // Moves every particle; returns the number of accepted Metropolis tests of all particles. Stops
  // early, leaving nothing of use, where control.stop is set.
  virtual std::uint64_t move(const ParticleStage& stage, RunControl& control) = 0;
  // The smallest L of all particles.
  virtual double least_loss() = 0;
  // Sums of the weights, which are all 1 after start, with what `change` would make of them.
  virtual WeightSums weigh(const Reweighting& change) = 0;
  // Those of SquareWeight.
  virtual WeightSums weigh_squares() = 0;
  // Multiplies the weights, and divides them by the greatest.
  virtual void reweight(const Reweighting& change) = 0;
  // Particle k becomes a copy of the ancestor that FindAncestor gives it, with the weight 1 and its
  // ancestor's root; after start every particle is its own root.
  virtual void resample(double uniform) = 0;
  // [particles] each.
  virtual void read_weights(std::vector<double>& weights, std::vector<std::uint32_t>& roots) = 0;
  virtual void place_weights(std::span<const double> weights,
                             std::span<const std::uint32_t> roots) = 0;
  // [particles] L at each particle.
  virtual void read_losses(std::vector<double>& losses) = 0;
  // [particles] label and W_{k,sigma} of each.
  virtual void read_phases(std::vector<PhaseCode>& labels, std::vector<PhaseCode>& hulls) = 0;
  virtual void read_steps(ParticleSteps& steps) = 0;
  // Puts particle k at parameters [particles, P] with the loss losses[k] (L there), for all of
  // them.
  virtual void place(std::span<const double> parameters, std::span<const double> losses) = 0;
  // [particles, P], for the particles listed.
  virtual void read_parameters(std::span<const std::uint32_t> particles,
                               std::vector<double>& parameters) = 0;
};

}  // namespace kgon
