// The particles of one island in host memory; who derives from it starts and moves them.
#pragma once

#include <algorithm>
#include <numeric>
#include <vector>

#include "engine/host_weights.hpp"
#include "engine/particle_runner.hpp"

namespace kgon {

template <class Model, class Real>
class HostParticleRunner : public ParticleRunner {
 public:
  using Group = ParticleGroup<Model, Real>;

  double least_loss() override {
    return *std::min_element(losses_.begin(), losses_.begin() + group_.count);
  }
  WeightSums weigh(const Reweighting& change) override {
    return weights_.weigh(losses_.data(), change);
  }
  WeightSums weigh_squares() override { return weights_.weigh_squares(); }
  void reweight(const Reweighting& change) override { weights_.reweight(losses_.data(), change); }
  void resample(double uniform) override { become(weights_.resample(uniform)); }
  void read_weights(std::vector<double>& weights, std::vector<std::uint32_t>& roots) override {
    weights = weights_.weights();
    roots = weights_.roots();
  }
  void place_weights(std::span<const double> weights,
                     std::span<const std::uint32_t> roots) override {
    weights_.place(weights, roots);
  }

  void read_losses(std::vector<double>& losses) override {
    losses.assign(losses_.begin(), losses_.begin() + group_.count);
  }

  void read_phases(std::vector<PhaseCode>& labels, std::vector<PhaseCode>& hulls) override {
    const ClassifyParticle<Model, Real> classify{group_};
    for (std::uint32_t slot = 0; slot < group_.count; ++slot) classify(slot);
    labels.assign(labels_.begin(), labels_.begin() + group_.count);
    hulls.assign(hulls_.begin(), hulls_.begin() + group_.count);
  }

  void read_steps(ParticleSteps& steps) override {
    steps.accepted.assign(accepted_.begin(), accepted_.begin() + group_.count);
    steps.diverged.assign(diverged_.begin(), diverged_.begin() + group_.count);
    steps.hamiltonian.assign(hamiltonians_.begin(), hamiltonians_.begin() + group_.count);
  }

  void place(std::span<const double> parameters, std::span<const double> losses) override {
    for (std::uint32_t slot = 0; slot < group_.count; ++slot) {
      for (std::size_t p = 0; p < P; ++p)
        parameters_[p * group_.stride + slot] = static_cast<Real>(parameters[slot * P + p]);
      losses_[slot] = losses[slot];
    }
  }

  void read_parameters(std::span<const std::uint32_t> particles,
                       std::vector<double>& parameters) override {
    parameters.clear();
    for (const std::uint32_t slot : particles)
      for (std::size_t p = 0; p < P; ++p)
        parameters.push_back(static_cast<double>(parameters_[p * group_.stride + slot]));
  }

 protected:
  // Room for the job's particles in group(), with `stride` entries in each array.
  void make_room(const ParticleJob& job, std::uint32_t stride, const typename Group::Data* data) {
    parameters_.assign(std::size_t{stride} * P, Real(0));
    losses_.assign(stride, 0.0);
    accepted_.assign(stride, 0);
    diverged_.assign(stride, 0);
    hamiltonians_.assign(stride, 0.0);
    labels_.assign(stride, phase_other);
    hulls_.assign(stride, phase_other);
    weights_.start(job.particles);
    group_ = {job.key,
              data,
              job.levels,
              job.prior_scale,
              job.max_leapfrogs,
              job.particles,
              stride,
              parameters_.data(),
              losses_.data(),
              accepted_.data(),
              diverged_.data(),
              hamiltonians_.data(),
              labels_.data(),
              hulls_.data()};
  }

  // Of the latest stage.
  std::uint64_t all_accepted() const {
    return std::accumulate(accepted_.begin(), accepted_.begin() + group_.count, std::uint64_t{0});
  }

  // Particle k becomes a copy of particle ancestors[k].
  virtual void become(std::span<const std::uint32_t> ancestors) {
    const std::vector<Real> parameters = parameters_;
    const std::vector<double> losses = losses_;
    const GatherParticle<Model, Real> gather{group_, parameters.data(), losses.data(),
                                             ancestors.data()};
    for (std::uint32_t slot = 0; slot < group_.count; ++slot) gather(slot);
  }

  Group group_{};
  HostWeights weights_;

 private:
  static constexpr std::size_t P = Model::parameters;

  std::vector<Real> parameters_;
  std::vector<double> losses_;
  std::vector<std::uint32_t> accepted_, diverged_;
  std::vector<double> hamiltonians_;
  std::vector<PhaseCode> labels_, hulls_;
};

}  // namespace kgon
