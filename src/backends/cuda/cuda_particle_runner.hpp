// Keeps the particles of one island on one CUDA device.
#pragma once

#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "backends/cuda/cuda_device.hpp"
#include "backends/cuda/cuda_weights.hpp"
#include "backends/cuda/device_table.hpp"
#include "engine/particle_runner.hpp"
#include "particle_kernels.hpp"

namespace kgon::cuda {

// On the device that is current when its functions are called.
template <int H, int C, class Real>
class CudaParticleRunner : public ParticleRunner {
 public:
  using Model = tms::Model<H, C>;
  using Kernels = ParticleKernels<H, C, Real>;
  using Group = typename Kernels::Group;

  // `control` must live longer.
  explicit CudaParticleRunner(RunControl& control) : control_(control) {}

  void start(const ParticleJob& job) override {
    const DeviceWait waits(control_);
    data_.use(job.data, job.data_id);
    if (!state_ || state_->loss.size() != job.particles) {
      state_.reset();
      state_ = std::make_unique<State>(job.particles, stream_);
    }
    levels_ = DeviceArray<tms::PhaseLevels>(std::vector<tms::PhaseLevels>{*job.levels});
    group_ = {job.key,
              data_.view(),
              levels_.data(),
              job.prior_scale,
              job.max_leapfrogs,
              job.particles,
              job.particles,
              state_->parameters.data(),
              state_->loss.data(),
              state_->accepted.data(),
              state_->diverged.data(),
              state_->hamiltonian.data(),
              state_->phase.data(),
              state_->hull_phase.data()};
    // Uploads go through the default stream, which `stream_` does not wait for.
    CudaDevice::synchronize();
    Kernels::start(group_, stream_);
    state_->weights.start();
  }

  std::uint64_t move(const ParticleStage& stage, RunControl& control) override {
    const DeviceWait waits(control);
    Kernels::move(group_, stage, stream_);
    return state_->weights.sum(state_->accepted);
  }

  double least_loss() override {
    const DeviceWait waits(control_);
    return state_->weights.least(state_->loss);
  }
  WeightSums weigh(const Reweighting& change) override {
    const DeviceWait waits(control_);
    return state_->weights.weigh(state_->loss, change);
  }
  WeightSums weigh_squares() override {
    const DeviceWait waits(control_);
    return state_->weights.weigh_squares();
  }
  void reweight(const Reweighting& change) override {
    state_->weights.reweight(state_->loss, change);
  }

  void resample(double uniform) override {
    std::swap(state_->parameters, state_->old_parameters);
    std::swap(state_->loss, state_->old_loss);
    group_.parameters = state_->parameters.data();
    group_.loss = state_->loss.data();
    Kernels::gather({group_, state_->old_parameters.data(), state_->old_loss.data(),
                     state_->weights.resample(uniform)},
                    stream_);
  }

  void read_weights(std::vector<double>& weights, std::vector<std::uint32_t>& roots) override {
    const DeviceWait waits(control_);
    state_->weights.read(weights, roots);
  }
  void place_weights(std::span<const double> weights,
                     std::span<const std::uint32_t> roots) override {
    const DeviceWait waits(control_);
    state_->weights.place(weights, roots);
  }

  void read_losses(std::vector<double>& losses) override {
    const DeviceWait waits(control_);
    read(state_->loss, losses);
  }

  void read_phases(std::vector<PhaseCode>& labels, std::vector<PhaseCode>& hulls) override {
    const DeviceWait waits(control_);
    Kernels::classify(group_, stream_);
    read(state_->phase, labels);
    read(state_->hull_phase, hulls);
  }

  void read_steps(ParticleSteps& steps) override {
    const DeviceWait waits(control_);
    read(state_->accepted, steps.accepted);
    read(state_->diverged, steps.diverged);
    read(state_->hamiltonian, steps.hamiltonian);
  }

  void place(std::span<const double> parameters, std::span<const double> losses) override {
    const DeviceWait waits(control_);
    const std::size_t count = group_.count;
    std::vector<Real> all(count * P);
    for (std::size_t slot = 0; slot < count; ++slot)
      for (std::size_t p = 0; p < P; ++p)
        all[p * count + slot] = static_cast<Real>(parameters[slot * P + p]);
    write_array(std::span<const Real>(all), stream_, state_->parameters);
    write_array(losses, stream_, state_->loss);
    stream_.synchronize();  // `all` and `losses` go
  }

  void read_parameters(std::span<const std::uint32_t> particles,
                       std::vector<double>& parameters) override {
    const DeviceWait waits(control_);
    std::vector<Real> all;
    read(state_->parameters, all);
    parameters.clear();
    for (const std::uint32_t slot : particles)
      for (std::size_t p = 0; p < P; ++p)
        parameters.push_back(static_cast<double>(all[p * group_.stride + slot]));
  }

 private:
  static constexpr std::size_t P = Model::parameters;

  struct State {
    State(std::uint32_t count, const Stream& stream)
        : parameters(count * P),
          old_parameters(count * P),
          loss(count),
          old_loss(count),
          accepted(count),
          diverged(count),
          hamiltonian(count),
          phase(count),
          hull_phase(count),
          weights(count, stream) {}
    DeviceArray<Real> parameters, old_parameters;
    DeviceArray<double> loss, old_loss;
    DeviceArray<std::uint32_t> accepted, diverged;
    DeviceArray<double> hamiltonian;
    DeviceArray<PhaseCode> phase, hull_phase;
    CudaWeights weights;
  };

  // After everything that was launched before.
  template <class T>
  void read(const DeviceArray<T>& from, std::vector<T>& to) const {
    read_array(from, stream_, to);
  }

  RunControl& control_;
  Stream stream_;
  DeviceData<Real> data_;
  std::unique_ptr<State> state_;
  DeviceArray<tms::PhaseLevels> levels_;
  Group group_{};
};

}  // namespace kgon::cuda
