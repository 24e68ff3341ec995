#include "backends/cuda/cuda_sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "backends/cuda/cuda_particle_runner.hpp"
#include "backends/with_model.hpp"
#include "engine/ladder_work.hpp"
#include "engine/sample_work.hpp"
#include "engine/worker_threads.hpp"

namespace kgon::cuda {
namespace {

// Islands at a time on a device: one is too small to fill it, and while the host decides on the
// next temperature of one the others compute.
constexpr unsigned workers_per_device = 8;

std::unique_ptr<ParticleRunner> make_runner(const SamplePlan& plan) {
  return with_model(plan.shape, plan.precision,
                    []<int H, int C, class Real>() -> std::unique_ptr<ParticleRunner> {
                      return std::make_unique<CudaParticleRunner<H, C, Real>>();
                    });
}

// An island with its data set.
std::uint64_t island_bytes(const SamplePlan& plan) {
  const auto parameters = static_cast<std::uint64_t>(plan.shape.parameter_count());
  if (plan.method == SampleMethod::tempering)
    return ladder_bytes(plan, parameters * sizeof(double) * 2 + 28) + ladder_samples(plan) * 24;
  std::uint64_t samples = 0;
  for (const SampleRun& run : plan.runs)
    if (!run.population) samples = std::max<std::uint64_t>(samples, run.samples);
  return plan.smc.particles * (parameters * sizeof(double) * 2 + 28) + samples * 24;
}

void run_islands(SampleWork& work, const SamplePlan& plan, SampleSink& sink, RunControl& control) {
  const auto runner = make_runner(plan);
  SampleShare share;
  while (work.next(share)) {
    SampleBlock block;
    if (!run_island(share.task, *runner, block, control)) return;
    sink.accept(std::move(block));
  }
}

// One of `work` and `ladders` has something to do.
void work_on(int device, SampleWork& work, LadderWork& ladders, const SamplePlan& plan,
             SampleSink& sink, RunControl& control) {
  CudaDevice::use(device);
  try {
    if (plan.method == SampleMethod::tempering) {
      run_ladders(
          ladders, [&] { return make_runner(plan); }, sink, control);
    } else {
      run_islands(work, plan, sink, control);
    }
  } catch (const OutOfDeviceMemory& reason) {
    throw DeviceFailure(fmt::format("not enough memory for {} islands at a time: {}",
                                    workers_per_device, reason.what()));
  }
}

}  // namespace

void sample(const SamplePlan& plan, const std::vector<int>& devices, SampleSink& sink,
            RunControl& control) {
  SampleWork work(plan, control);
  LadderWork ladders(plan, control);
  RunFailure failure(control);
  const auto workers = static_cast<unsigned>(devices.size()) * workers_per_device;
  in_parallel(workers, failure, [&](unsigned k) {
    work_on(devices[k / workers_per_device], work, ladders, plan, sink, control);
  });
  failure.rethrow();
}

std::uint64_t sample_memory_estimate(const SamplePlan& plan) {
  return workers_per_device * island_bytes(plan);
}

}  // namespace kgon::cuda
