#include "backends/cuda/cuda_llc.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <thread>

#include "backends/batches/halving.hpp"
#include "backends/cuda/cuda_chain_runner.hpp"
#include "backends/with_model.hpp"
#include "engine/llc_work.hpp"
#include "engine/sorted_samples.hpp"
#include "engine/worker_threads.hpp"

namespace kgon::cuda {
namespace {

// Per device, so that one computes while the other's draws are judged on the host.
constexpr unsigned llc_workers_per_device = 2;
// Enough chains to fill the largest device several times over.
constexpr std::uint64_t most_chains = 1u << 17;

std::unique_ptr<ChainRunner> make_runner(const LlcPlan& plan) {
  return with_model(plan.shape, plan.precision,
                    []<int H, int C, class Real>() -> std::unique_ptr<ChainRunner> {
                      return std::make_unique<CudaChainRunner<H, C, Real>>();
                    });
}

// One site with its chains and, at worst, a data set of its own.
std::uint64_t site_bytes(const LlcPlan& plan, const LlcGroup& group) {
  const auto parameters = static_cast<std::uint64_t>(plan.shape.parameter_count());
  const std::uint64_t chain = group.draws * 8 + parameters * 8 + 40;
  const std::uint64_t table =
      group.population ? 0 : sorted_bytes_on_device(group.samples, plan.shape.features) + 1024;
  return plan.chains * chain + table + parameters * 8 + sizeof(ChainSite);
}

std::uint64_t sites_that_fit(const LlcPlan& plan, const LlcGroup& group, std::uint64_t bytes) {
  const std::uint64_t full = std::max<std::uint64_t>(1, most_chains / plan.chains);
  return std::clamp<std::uint64_t>(bytes / site_bytes(plan, group), 1, full);
}

class DeviceWork {
 public:
  DeviceWork(const LlcPlan& plan, std::size_t devices, LlcWork& work, LlcSink& sink,
             RunControl& control)
      : plan_(plan), devices_(devices), work_(work), sink_(sink), control_(control) {}

  void run(int device) {
    CudaDevice::use(device);
    const std::uint64_t bytes = CudaDevice::free_bytes() / 10 * 9 / llc_workers_per_device;
    const auto most = [&](const LlcGroup& group) -> std::size_t {
      // No smaller than what keeps every worker of every device busy.
      const std::size_t workers = devices_ * llc_workers_per_device;
      const std::size_t even = (group.site_count + workers - 1) / workers;
      return std::min<std::size_t>(even, sites_that_fit(plan_, group, bytes));
    };
    const auto runner = make_runner(plan_);
    LlcShare share;
    while (work_.next(most, false, share)) {
      share.task.threads = std::max(1u, std::thread::hardware_concurrency());
      if (!run_share(share.task, *runner)) return;
    }
  }

 private:
  bool run_share(const LlcTask& share, ChainRunner& runner) {
    try {
      return batches::run_with_halving<OutOfDeviceMemory>(share, [&](const LlcTask& task) {
        LlcBlock block;
        if (!run_llc_task(task, runner, block, control_)) return false;
        sink_.accept(std::move(block));
        return true;
      });
    } catch (const OutOfDeviceMemory& reason) {
      throw DeviceFailure(fmt::format("not enough memory for the {} chains of a point: {}",
                                      plan_.chains, reason.what()));
    }
  }

  const LlcPlan& plan_;
  const std::size_t devices_;
  LlcWork& work_;
  LlcSink& sink_;
  RunControl& control_;
};

}  // namespace

void estimate_llc(const LlcPlan& plan, const std::vector<int>& devices, LlcSink& sink,
                  RunControl& control) {
  LlcWork work(plan, sink, control);
  DeviceWork device_work(plan, devices.size(), work, sink, control);
  RunFailure failure(control);
  const auto workers = static_cast<unsigned>(devices.size()) * llc_workers_per_device;
  in_parallel(workers, failure,
              [&](unsigned k) { device_work.run(devices[k / llc_workers_per_device]); });
  failure.rethrow();
}

std::uint64_t llc_memory_estimate(const LlcPlan& plan) {
  std::uint64_t most = 0;
  for (const LlcGroup& group : plan.groups) {
    const std::uint64_t sites =
        std::min<std::uint64_t>(group.site_count, sites_that_fit(plan, group, ~0ull));
    most = std::max(most, sites * site_bytes(plan, group) * llc_workers_per_device);
  }
  return most;
}

}  // namespace kgon::cuda
