#include "backends/cuda/cuda_sample.hpp"

#include <fmt/format.h>

#include <memory>

#include "backends/cuda/cuda_nuts_runner.hpp"
#include "backends/cuda/cuda_particle_runner.hpp"
#include "backends/with_model.hpp"
#include "engine/ladder_work.hpp"
#include "engine/sample_work.hpp"
#include "engine/sorted_samples.hpp"
#include "engine/worker_threads.hpp"

namespace kgon::cuda {
namespace {

// Islands at a time on a device: one is too small to fill it, and while the host decides on the
// next temperature of one the others compute.
constexpr unsigned sample_workers_per_device = 8;

std::unique_ptr<ParticleRunner> make_runner(const SamplePlan& plan, RunControl& control) {
  return with_model(plan.shape, plan.precision,
                    [&]<int H, int C, class Real>() -> std::unique_ptr<ParticleRunner> {
                      return std::make_unique<CudaParticleRunner<H, C, Real>>(control);
                    });
}

std::unique_ptr<NutsRunner> make_nuts_runner(const SamplePlan& plan, RunControl& control) {
  return with_model(plan.shape, plan.precision,
                    [&]<int H, int C, class Real>() -> std::unique_ptr<NutsRunner> {
                      return std::make_unique<CudaNutsRunner<H, C, Real>>(control);
                    });
}

// An island with its data set. Beside its parameters a particle has 72 bytes of losses, counts,
// phases and weights.
std::uint64_t bytes_of_island(const SamplePlan& plan) {
  const std::uint64_t particle =
      static_cast<std::uint64_t>(plan.shape.parameter_count()) * sizeof(double) * 2 + 72;
  if (plan.method == SampleMethod::tempering)
    return ladder_bytes(plan, particle) + ladder_table_bytes(plan, sorted_bytes_on_device);
  return island_bytes(plan, particle) +
         sorted_bytes_on_device(most_samples(plan), plan.shape.features);
}

// One of `work` and `ladders` has something to do.
void work_on(int device, SampleWork& work, LadderWork& ladders, const SamplePlan& plan,
             SampleSink& sink, RunControl& control) {
  CudaDevice::use(device);
  try {
    if (plan.method == SampleMethod::tempering) {
      run_ladders(
          ladders, [&] { return make_runner(plan, control); }, sink, control);
    } else {
      run_islands(
          work, [&] { return make_runner(plan, control); },
          [&] { return make_nuts_runner(plan, control); }, sink, control);
    }
  } catch (const OutOfDeviceMemory& reason) {
    throw DeviceFailure(fmt::format("not enough memory for {} islands at a time: {}",
                                    sample_workers_per_device, reason.what()));
  }
}

}  // namespace

void sample(const SamplePlan& plan, const std::vector<int>& devices, SampleSink& sink,
            RunControl& control) {
  SampleWork work(plan, sink, control);
  LadderWork ladders(plan, sink, control);
  RunFailure failure(control);
  const auto workers = static_cast<unsigned>(devices.size()) * sample_workers_per_device;
  in_parallel(workers, failure, [&](unsigned k) {
    work_on(devices[k / sample_workers_per_device], work, ladders, plan, sink, control);
  });
  failure.rethrow();
}

std::uint64_t sample_memory_estimate(const SamplePlan& plan) {
  return sample_workers_per_device * bytes_of_island(plan);
}

}  // namespace kgon::cuda
