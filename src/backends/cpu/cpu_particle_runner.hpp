// Keeps the particles of one island on one thread of the CPU.
#pragma once

#include <optional>
#include <vector>

#include "backends/cpu/particle_pack.hpp"
#include "backends/cpu/progress_of.hpp"
#include "engine/particle_runner.hpp"

namespace kgon::cpu {

template <int H, int C, class Real>
class CpuParticleRunner : public ParticleRunner {
 public:
  using Model = tms::Model<H, C>;
  using Group = ParticleGroup<Model, Real>;
  using Start = void (*)(const Group&);
  using Move = bool (*)(const Group&, const ParticleStage&, const Progress&);

  // start, move: those of an instruction set whose packs have `lanes` lanes.
  CpuParticleRunner(Start start, Move move, std::uint32_t lanes)
      : start_(start), move_(move), lanes_(lanes) {}

  void start(const ParticleJob& job) override {
    view_.reset();
    if (job.data != nullptr) view_ = job.data->template view<std::uint32_t>();
    const std::uint32_t stride = (job.particles + lanes_ - 1) / lanes_ * lanes_;
    parameters_.assign(std::size_t{stride} * P, Real(0));
    losses_.assign(stride, 0.0);
    accepted_.assign(stride, 0);
    labels_.assign(stride, phase_other);
    hulls_.assign(stride, phase_other);
    group_ = {job.key,
              view_ ? &*view_ : nullptr,
              job.levels,
              job.prior_scale,
              job.max_leapfrogs,
              job.particles,
              stride,
              parameters_.data(),
              losses_.data(),
              accepted_.data(),
              labels_.data(),
              hulls_.data()};
    start_(group_);
  }

  std::uint64_t move(const ParticleStage& stage, RunControl& control) override {
    if (!move_(group_, stage, progress_of(control))) return 0;
    std::uint64_t accepted = 0;
    for (std::uint32_t slot = 0; slot < group_.count; ++slot) accepted += accepted_[slot];
    return accepted;
  }

  void resample(std::span<const std::uint32_t> ancestors) override {
    const std::vector<Real> parameters = parameters_;
    const std::vector<double> losses = losses_;
    const GatherParticle<Model, Real> gather{group_, parameters.data(), losses.data(),
                                             ancestors.data()};
    for (std::uint32_t slot = 0; slot < group_.count; ++slot) gather(slot);
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

 private:
  static constexpr std::size_t P = Model::parameters;

  Start start_;
  Move move_;
  std::uint32_t lanes_;
  Group group_{};
  std::optional<tms::SortedSamples<std::uint32_t>> view_;
  std::vector<Real> parameters_;
  std::vector<double> losses_;
  std::vector<std::uint32_t> accepted_;
  std::vector<PhaseCode> labels_, hulls_;
};

}  // namespace kgon::cpu
