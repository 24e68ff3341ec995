// The functors of the particle kernels, one "thread" per particle, on the host: what a device
// computes, for any model.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "engine/particle_runner.hpp"
#include "kgon/batch/move_particles.hpp"

namespace kgon::test {

template <class Model, class Real, bool WithData = true>
class EmulatedParticleRunner : public ParticleRunner {
 public:
  using Group = ParticleGroup<Model, Real>;

  void start(const ParticleJob& job) override {
    parameters_.assign(std::size_t{job.particles} * P, Real(0));
    losses_.assign(job.particles, 0.0);
    accepted_.assign(job.particles, 0);
    labels_.assign(job.particles, phase_other);
    hulls_.assign(job.particles, phase_other);
    group_ = {job.key,           nullptr,          job.levels,     job.prior_scale,
              job.max_leapfrogs, job.particles,    job.particles,  parameters_.data(),
              losses_.data(),    accepted_.data(), labels_.data(), hulls_.data()};
    if constexpr (WithData) {
      view_.reset();
      if (job.data != nullptr) view_ = job.data->template view<std::uint32_t>();
      group_.data = view_ ? &*view_ : nullptr;
    }
    for_particles(
        [](const auto& move, std::uint32_t slot, auto& scratch) { move.start(slot, scratch); });
  }

  std::uint64_t move(const ParticleStage& stage, RunControl&) override {
    for_particles(
        [&](const auto& move, std::uint32_t slot, auto& scratch) { move(slot, stage, scratch); });
    std::uint64_t accepted = 0;
    for (const std::uint32_t one : accepted_) accepted += one;
    return accepted;
  }

  void resample(std::span<const std::uint32_t> ancestors) override {
    const std::vector<Real> parameters = parameters_;
    const std::vector<double> losses = losses_;
    const GatherParticle<Model, Real> gather{group_, parameters.data(), losses.data(),
                                             ancestors.data()};
    for (std::uint32_t slot = 0; slot < group_.count; ++slot) gather(slot);
  }

  void read_losses(std::vector<double>& losses) override { losses = losses_; }

  void read_phases(std::vector<PhaseCode>& labels, std::vector<PhaseCode>& hulls) override {
    for (std::uint32_t slot = 0; slot < group_.count; ++slot)
      ClassifyParticle<Model, Real>{group_}(slot);
    labels = labels_;
    hulls = hulls_;
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
  Group group_{};

 private:
  static constexpr std::size_t P = Model::parameters;
  static constexpr int threads = 3;

  template <class Body>
  void for_particles(const Body& body) {
    if constexpr (WithData) {
      if (group_.data != nullptr) return for_slots(MoveParticles<Model, Real, false>{group_}, body);
    }
    for_slots(MoveParticles<Model, Real, true>{group_}, body);
  }
  template <class Move, class Body>
  void for_slots(const Move& move, const Body& body) {
    std::vector<Real> memory(static_cast<std::size_t>(threads) * Move::scratch_entries);
    for (std::uint32_t slot = 0; slot < group_.count; ++slot) {
      StridedEntries<Real> scratch{memory.data() + slot % threads, threads};
      body(move, slot, scratch);
    }
  }

  std::optional<typename Group::Data> view_;
  std::vector<Real> parameters_;
  std::vector<double> losses_;
  std::vector<std::uint32_t> accepted_;
  std::vector<PhaseCode> labels_, hulls_;
};

}  // namespace kgon::test
