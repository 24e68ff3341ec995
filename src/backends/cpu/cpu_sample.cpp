#include "backends/cpu/cpu_sample.hpp"

#include <algorithm>
#include <memory>

#include "backends/cpu/cpu_nuts_runner.hpp"
#include "backends/cpu/cpu_particle_runner.hpp"
#include "backends/cpu/with_instructions.hpp"
#include "engine/chain_island.hpp"
#include "engine/ladder_work.hpp"
#include "engine/sample_work.hpp"
#include "engine/sorted_samples.hpp"
#include "engine/worker_threads.hpp"

namespace kgon::cpu {
namespace {

std::unique_ptr<ParticleRunner> make_runner(const SamplePlan& plan, InstructionSet instructions) {
  return with_instructions(
      instructions, plan.shape, plan.precision,
      []<class Isa, int H, int C, class Real>() -> std::unique_ptr<ParticleRunner> {
        return std::make_unique<CpuParticleRunner<H, C, Real>>(
            &start_particles<Isa, H, C, Real>, &move_particles<Isa, H, C, Real>,
            std::uint32_t{pack_lanes<Isa, Real>});
      });
}

std::unique_ptr<NutsRunner> make_nuts_runner(const SamplePlan& plan, InstructionSet instructions) {
  return with_instructions(
      instructions, plan.shape, plan.precision,
      []<class Isa, int H, int C, class Real>() -> std::unique_ptr<NutsRunner> {
        return std::make_unique<CpuNutsRunner<H, C, Real>>(&start_nuts<Isa, H, C, Real>,
                                                           &advance_nuts<Isa, H, C, Real>,
                                                           std::uint32_t{pack_lanes<Isa, Real>});
      });
}

}  // namespace

void sample(const SamplePlan& plan, InstructionSet instructions, unsigned threads, SampleSink& sink,
            RunControl& control) {
  SampleWork work(plan, sink, control);
  LadderWork ladders(plan, sink, control);
  RunFailure failure(control);
  const bool tempering = plan.method == SampleMethod::tempering;
  const std::uint64_t islands =
      (tempering ? plan.ladders.size() : plan.runs.size()) * plan.islands().count;
  with_helpers(std::clamp<std::uint64_t>(islands, 1, threads), failure, [&] {
    const auto make = [&] { return make_runner(plan, instructions); };
    if (tempering) return run_ladders(ladders, make, sink, control);
    run_islands(
        work, make, [&] { return make_nuts_runner(plan, instructions); }, sink, control);
  });
  failure.rethrow();
}

std::uint64_t sample_memory_estimate(const SamplePlan& plan, unsigned threads) {
  // Twice the parameters while particles are resampled, and what the host decides from.
  const std::uint64_t particle =
      static_cast<std::uint64_t>(plan.shape.parameter_count()) * sizeof(double) * 2 + 100;
  if (plan.method == SampleMethod::tempering)
    return threads * ladder_bytes(plan, particle) +
           (threads + 1) * ladder_table_bytes(plan, sorted_bytes);
  // Threads may still be in a run of their own while the next one's table is built.
  return threads * island_bytes(plan, particle) +
         (threads + 1) * sorted_bytes(most_samples(plan), plan.shape.features);
}

}  // namespace kgon::cpu
