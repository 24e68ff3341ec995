// Runs the chains of a job on one CUDA device.
#pragma once

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "backends/batches/transpose.hpp"
#include "backends/cuda/cuda_device.hpp"
#include "backends/cuda/device_table.hpp"
#include "chain_kernels.hpp"
#include "engine/model_chain_runner.hpp"

namespace kgon::cuda {

// On the device that is current when its functions are called.
template <int H, int C, class Real>
class CudaChainRunner : public ModelChainRunner<H, C> {
 public:
  using Model = tms::Model<H, C>;
  using Kernels = ChainKernels<H, C, Real>;
  using Group = typename Kernels::Group;
  using Data = typename Group::Data;

  bool run(const ChainJob& job, ChainOutcome& outcome, RunControl& control) override {
    const std::size_t count = job.sites.size() * job.chains;
    const std::vector<Real> centers(job.centers.begin(), job.centers.end());
    std::optional<DeviceWait> waits(std::in_place, control);
    const Tables tables(job);
    const DeviceArray<ChainSite> sites(job.sites);
    const DeviceArray<Real> device_centers(centers);
    const DeviceArray<tms::PhaseLevels> levels(std::vector<tms::PhaseLevels>{*job.levels});
    const Chains chains(job, count);
    // Uploads go through the default stream, which `stream_` does not wait for.
    CudaDevice::synchronize();
    Group group = chains.group(job, static_cast<std::uint32_t>(count));
    group.sites = sites.data();
    group.centers = device_centers.data();
    group.data = tables.views.data();
    group.levels = levels.data();
    waits.reset();
    const bool done = launch_all(group, control);
    if (done) this->make_room(job, outcome);
    waits.emplace(control);
    stream_.synchronize();
    if (!done) return false;
    chains.fetch(job, outcome);
    return true;
  }

 private:
  // Steps of a launch, and of work queued between two looks at the stop flag.
  static constexpr std::uint64_t longest_stretch = 4096;

  // The data sets of a job on the device.
  struct Tables {
    explicit Tables(const ChainJob& job) {
      std::vector<Data> host;
      for (const SortedSampleTable* table : job.data)
        host.push_back(tables.emplace_back(*table).view());
      views = DeviceArray<Data>(host);
    }
    std::vector<DeviceTable<Real>> tables;
    DeviceArray<Data> views;
  };

  // State and outcome of the chains on the device; the trace lies draw by draw, so that the threads
  // of a warp write side by side.
  struct Chains {
    Chains(const ChainJob& job, std::size_t count)
        : parameters(count * Model::parameters),
          status(count),
          failed_step(count),
          accepted(count),
          elsewhere(count),
          unnamed(count),
          outside(count),
          trace(job.settings.pilot ? 0 : count * job.settings.draws) {}

    Group group(const ChainJob& job, std::uint32_t count) const {
      Group group{};
      group.settings = job.settings;
      group.chains = job.chains;
      group.count = group.stride = count;
      group.parameters = parameters.data();
      group.status = status.data();
      group.failed_step = failed_step.data();
      group.accepted = accepted.data();
      group.elsewhere = elsewhere.data();
      group.unnamed = unnamed.data();
      group.outside = outside.data();
      group.trace = trace.data();
      group.trace_slot_stride = 1;
      group.trace_draw_stride = count;
      return group;
    }

    void fetch(const ChainJob& job, ChainOutcome& outcome) const {
      copy(status, outcome.status.data());
      copy(failed_step, outcome.failed_step.data());
      copy(accepted, outcome.accepted.data());
      copy(elsewhere, outcome.elsewhere.data());
      copy(unnamed, outcome.unnamed.data());
      copy(outside, outcome.outside.data());
      if (trace.size() == 0) return;
      std::vector<double> by_draw(trace.size());
      copy(trace, by_draw.data());
      batches::transpose(by_draw.data(), job.settings.draws, status.size(), outcome.trace.data());
    }

    template <class T>
    static void copy(const DeviceArray<T>& from, T* to) {
      check(cudaMemcpy(to, from.data(), from.size() * sizeof(T), cudaMemcpyDeviceToHost),
            "cudaMemcpy to the host");
    }

    DeviceArray<Real> parameters;
    DeviceArray<MemberStatus> status;
    DeviceArray<std::uint64_t> failed_step, accepted;
    DeviceArray<std::uint32_t> elsewhere, unnamed, outside;
    DeviceArray<double> trace;
  };

  bool launch_all(const Group& group, RunControl& control) {
    const ChainSettings& settings = group.settings;
    Kernels::start(group, stream_);
    for (std::uint64_t t = 0; t < settings.steps();) {
      const std::uint64_t event = settings.next_event(t);
      const std::uint64_t to = std::min(event, t + longest_stretch);
      Kernels::advance(group, t, to, stream_);
      if (to == event && settings.is_look(to)) Kernels::classify(group, stream_);
      queued_steps_ += (to - t) * group.count;
      unwatched_ += to - t;
      t = to;
      if (unwatched_ < longest_stretch && t < settings.steps()) continue;
      {
        const DeviceWait waits(control);
        stream_.synchronize();
      }
      control.member_steps += std::exchange(queued_steps_, 0);
      unwatched_ = 0;
      if (control.stop) return false;
    }
    return true;
  }

  Stream stream_;
  std::uint64_t queued_steps_ = 0, unwatched_ = 0;
};

}  // namespace kgon::cuda
