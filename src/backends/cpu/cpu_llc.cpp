#include "backends/cpu/cpu_llc.hpp"

#include <algorithm>
#include <memory>

#include "backends/cpu/cpu_chain_runner.hpp"
#include "backends/cpu/with_instructions.hpp"
#include "engine/llc_work.hpp"
#include "engine/sorted_samples.hpp"
#include "engine/worker_threads.hpp"

namespace kgon::cpu {
namespace {

std::unique_ptr<ChainRunner> make_runner(const LlcPlan& plan, InstructionSet instructions) {
  return with_instructions(
      instructions, plan.shape, plan.precision,
      []<class Isa, int H, int C, class Real>() -> std::unique_ptr<ChainRunner> {
        return std::make_unique<CpuChainRunner<H, C, Real>>(&run_chains<Isa, H, C, Real>,
                                                            padded_slots<Isa, Real>(1));
      });
}

// Sites whose chains together fill a few packs of any instruction set.
std::size_t sites_per_task(const LlcPlan& plan) {
  return std::max<std::size_t>(1, 16 / plan.chains);
}

void work_on(LlcWork& work, const LlcPlan& plan, InstructionSet instructions, LlcSink& sink,
             RunControl& control) {
  const auto runner = make_runner(plan, instructions);
  const auto most = [&](const LlcGroup&) { return sites_per_task(plan); };
  LlcShare share;
  while (work.next(most, true, share)) {
    LlcBlock block;
    if (!run_llc_task(share.task, *runner, block, control)) return;
    sink.accept(std::move(block));
  }
}

}  // namespace

void estimate_llc(const LlcPlan& plan, InstructionSet instructions, unsigned threads, LlcSink& sink,
                  RunControl& control) {
  LlcWork work(plan, sink, control);
  RunFailure failure(control);
  with_helpers(threads, failure, [&] { work_on(work, plan, instructions, sink, control); });
  failure.rethrow();
}

std::uint64_t llc_memory_estimate(const LlcPlan& plan, unsigned threads) {
  std::uint64_t most = 0;
  for (const LlcGroup& group : plan.groups) {
    const std::uint64_t chains = plan.chains * sites_per_task(plan);
    // The trace, the used draws and what the diagnostics make of them.
    const std::uint64_t draws = chains * group.draws * 8 * 8;
    const std::uint64_t table =
        group.population ? 0 : sorted_bytes(group.samples, plan.shape.features);
    most = std::max(most, threads * (draws + table));
  }
  return most + plan.sites.size() * (sizeof(LlcSite) + sizeof(LlcEstimate)) +
         plan.points.size() * sizeof(double);
}

}  // namespace kgon::cpu
