#include <benchmark/benchmark.h>

#include "backends/cpu/instruction_set.hpp"
#include "cases.hpp"
#include "kgon/engine/backend.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon::bench {
namespace {

// One island of sequential Monte Carlo.
SamplePlan island_plan(bool population, std::uint32_t samples) {
  SamplePlan plan;
  plan.smc.islands = 1;
  plan.smc.particles = 2048;
  plan.levels = tms::phase_levels(6);
  SampleRun& run = plan.runs.emplace_back();
  run.key = 1;
  run.samples = samples;
  run.population = population;
  run.data = {1, 0, Purpose::shared_data};
  return plan;
}

// As many chains, a fifth of their steps in the warm-up.
SamplePlan chain_plan(SampleMethod method, std::uint32_t samples) {
  SamplePlan plan = island_plan(false, samples);
  plan.method = method;
  plan.chains.chains = 256;
  plan.chains.warmup = 50;
  plan.draws = 200;
  return plan;
}

class LeapfrogCount : public SampleSink {
 public:
  void accept(SampleBlock&& block) override { leapfrogs += block.leapfrogs; }
  std::uint64_t leapfrogs = 0;
};

void measure_posterior(benchmark::State& state, const std::string& instructions,
                       const SamplePlan& plan) {
  const auto backend = make_backend({"cpu", 1, instructions}, nullptr);
  LeapfrogCount sink;
  for (auto run : state) {
    RunControl control;
    backend->sample(plan, sink, control);
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(sink.leapfrogs));
}

}  // namespace

void register_posteriors() {
  for (const cpu::InstructionSet set : cpu::available_instruction_sets()) {
    if (set == cpu::InstructionSet::baseline) continue;  // minutes
    const std::string isa = cpu::name(set);
    const auto add = [&](const std::string& name, const SamplePlan& plan) {
      benchmark::RegisterBenchmark((name + isa).c_str(), measure_posterior, isa, plan)
          ->Unit(benchmark::kMillisecond);
    };
    for (const std::uint32_t n : {1000u, 5000u})
      add("smc/n" + std::to_string(n) + "/", island_plan(false, n));
    add("smc/population/", island_plan(true, 1000));
    for (const std::uint32_t n : {1000u, 5000u}) {
      add("sample_hmc/n" + std::to_string(n) + "/", chain_plan(SampleMethod::hmc, n));
      add("sample_nuts/n" + std::to_string(n) + "/", chain_plan(SampleMethod::nuts, n));
    }
  }
}

}  // namespace kgon::bench
