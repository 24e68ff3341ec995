// Keeps the chains of one island of the no-U-turn sampler on one CUDA device.
#pragma once

#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "backends/cuda/cuda_device.hpp"
#include "backends/cuda/device_table.hpp"
#include "engine/host_nuts_runner.hpp"
#include "nuts_kernels.hpp"

namespace kgon::cuda {

// On the device that is current when its functions are called.
template <int H, int C, class Real>
class CudaNutsRunner : public NutsRunner {
 public:
  using Model = tms::Model<H, C>;
  using Kernels = NutsKernels<H, C, Real>;
  using Group = typename Kernels::Group;

  // `control` must live longer.
  explicit CudaNutsRunner(RunControl& control) : control_(control) {}

  void start(const NutsJob& job, std::span<const double> points) override {
    const DeviceWait waits(control_);
    data_.use(job.data, job.data_id);
    if (!state_ || !state_->fits(job)) {
      state_.reset();  // before the next one takes its place
      state_ = std::make_unique<State>(job);
    }
    levels_ = DeviceArray<tms::PhaseLevels>(std::vector<tms::PhaseLevels>{*job.levels});
    group_ = {job.settings,
              data_.view(),
              levels_.data(),
              job.chains,
              job.chains,
              job.chains,
              state_->states.data(),
              state_->columns.data(),
              state_->parameters.data(),
              state_->draws.data(),
              state_->phase.data(),
              state_->hull_phase.data()};
    place(points);
    // Uploads go through the default stream, which `stream_` does not wait for.
    CudaDevice::synchronize();
    Kernels::start(group_, stream_);
  }

  bool advance(RunControl& control) override {
    const DeviceWait waits(control);
    // About a tenth of a second on a full device.
    Kernels::advance(group_, 1024, stream_);
    std::vector<NutsState> states;
    read_states(states);
    return std::ranges::all_of(
        states, [this](const NutsState& state) { return state.step >= group_.settings.steps(); });
  }

  void read_states(std::vector<NutsState>& states) override {
    const DeviceWait waits(control_);
    read(state_->states, states);
  }

  void read_draws(NutsDraws& drawn) override {
    const DeviceWait waits(control_);
    Kernels::classify(group_, stream_);
    std::vector<Real> parameters;
    std::vector<NutsDraw> draws;
    std::vector<PhaseCode> labels, hulls;
    read(state_->parameters, parameters);
    read(state_->draws, draws);
    read(state_->phase, labels);
    read(state_->hull_phase, hulls);
    collect_draws(group_, parameters.data(), draws.data(), labels.data(), hulls.data(), drawn);
  }

  void save(ByteWriter& bytes) override {
    const DeviceWait waits(control_);
    HostChains chains;
    put_chains(host_group(chains), bytes);
  }

  void restore(ByteReader& bytes) override {
    const DeviceWait waits(control_);
    HostChains chains;
    get_chains(host_group(chains), bytes);
    write(chains.states, group_.states);
    write(chains.columns, group_.columns);
    write(chains.parameters, group_.parameters);
    write(chains.draws, group_.draws);
    // Uploads go through the default stream, which `stream_` does not wait for.
    CudaDevice::synchronize();
  }

 private:
  static constexpr std::size_t P = Model::parameters;

  // What chains are saved from and restored to.
  struct HostChains {
    std::vector<NutsState> states;
    std::vector<Real> columns, parameters;
    std::vector<NutsDraw> draws;
  };

  // The group with copies of its arrays in host memory.
  Group host_group(HostChains& chains) const {
    read(state_->states, chains.states);
    read(state_->columns, chains.columns);
    read(state_->parameters, chains.parameters);
    read(state_->draws, chains.draws);
    Group group = group_;
    group.states = chains.states.data();
    group.columns = chains.columns.data();
    group.parameters = chains.parameters.data();
    group.draws = chains.draws.data();
    return group;
  }

  template <class T>
  static void write(const std::vector<T>& from, T* to) {
    check(cudaMemcpy(to, from.data(), from.size() * sizeof(T), cudaMemcpyHostToDevice),
          "cudaMemcpy to the device");
  }

  struct State {
    explicit State(const NutsJob& job)
        : chains(job.chains),
          max_depth(job.settings.max_depth),
          states(chains),
          columns(std::size_t{chains} * P * static_cast<std::size_t>(NutsRow::count(max_depth))),
          parameters(std::size_t{chains} * job.settings.draws * P),
          draws(std::size_t{chains} * job.settings.draws),
          phase(draws.size()),
          hull_phase(draws.size()) {}
    bool fits(const NutsJob& job) const {
      return chains == job.chains && max_depth == job.settings.max_depth &&
             draws.size() == std::size_t{chains} * job.settings.draws;
    }
    std::uint32_t chains;
    std::int32_t max_depth;
    DeviceArray<NutsState> states;
    DeviceArray<Real> columns, parameters;
    DeviceArray<NutsDraw> draws;
    DeviceArray<PhaseCode> phase, hull_phase;
  };

  void place(std::span<const double> points) const {
    const std::size_t chains = group_.count;
    std::vector<Real> rows(chains * P);
    for (std::size_t slot = 0; slot < chains; ++slot)
      for (std::size_t p = 0; p < P; ++p)
        rows[p * chains + slot] = static_cast<Real>(points[slot * P + p]);
    static_assert(NutsRow::moving == 0);
    write(rows, group_.columns);
  }

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
