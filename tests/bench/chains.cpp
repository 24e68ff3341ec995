#include <benchmark/benchmark.h>

#include <cmath>

#include "backends/cpu/instruction_set.hpp"
#include "cases.hpp"
#include "kgon/engine/backend.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon::bench {
namespace {

// Chains around the 5-gon, with a look at the phase every hundred steps.
LlcPlan chain_plan(Sampler sampler, bool population, std::uint32_t samples) {
  LlcPlan plan;
  plan.chains = 64;
  plan.points = tms::standard_point(tms::phase_code(5, 0, 0), 6, -1.0);
  plan.origins = {{}};
  plan.names = {"5"};
  plan.data = {{1, 0, Purpose::shared_data}};
  plan.levels = tms::phase_levels(6);
  LlcGroup group;
  group.key = 1;
  group.site_count = 1;
  group.sampler = sampler;
  group.population = population;
  group.samples = samples;
  group.draws = 500;
  group.thin = 10;
  group.batch = 20;
  group.classify_every = 10;
  LlcSite site;
  site.nbeta = samples / std::log(static_cast<double>(samples));
  site.gamma = 1;
  site.step_size = sampler == Sampler::hmc ? 0.5 / std::sqrt(site.nbeta) : 0.1 / site.nbeta;
  plan.groups = {group};
  plan.sites = {site};
  return plan;
}

class StepCount : public LlcSink {
 public:
  void accept(LlcBlock&& block) override {
    for (const LlcEstimate& estimate : block.estimates) used += estimate.chains_used;
  }
  std::uint32_t used = 0;
};

void sample(benchmark::State& state, const std::string& instructions, const LlcPlan& plan) {
  const auto backend = make_backend({"cpu", 1, instructions}, nullptr);
  std::uint64_t steps = 0;
  for (auto run : state) {
    StepCount sink;
    RunControl control;
    backend->estimate_llc(plan, sink, control);
    steps += control.member_steps;
    if (sink.used == 0) {
      state.SkipWithError("no chain is left");
      break;
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(steps));
}

}  // namespace

void register_chains() {
  for (const cpu::InstructionSet set : cpu::available_instruction_sets()) {
    if (set == cpu::InstructionSet::baseline) continue;  // minutes
    const std::string isa = cpu::name(set);
    const auto add = [&](const std::string& name, const LlcPlan& plan) {
      benchmark::RegisterBenchmark((name + isa).c_str(), sample, isa, plan)
          ->Unit(benchmark::kMillisecond);
    };
    for (const std::uint32_t n : {1000u, 5000u, 100'000u})
      add("langevin/n" + std::to_string(n) + "/", chain_plan(Sampler::langevin, false, n));
    add("langevin/population/", chain_plan(Sampler::langevin, true, 100'000));
    add("hmc/n1000/", chain_plan(Sampler::hmc, false, 1000));
    add("sgld/n1000/", chain_plan(Sampler::sgld, false, 1000));
  }
}

}  // namespace kgon::bench
