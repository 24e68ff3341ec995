// Workloads of `sample`: leapfrogs of smc, hmc and nuts, and effective samples of hmc and nuts at
// an n where their chains go between the modes.
#include <algorithm>
#include <memory>
#include <mutex>

#include "engine/bench_case.hpp"
#include "engine/bench_flops.hpp"
#include "engine/chain_diagnostics.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

constexpr std::uint32_t mixing_samples = 200;
// Draws with their parameters stay in memory until the run ends: 200 bytes each.
constexpr std::uint64_t most_mixing_chains = 10'000;

struct LeapfrogCount : SampleSink {
  void accept(SampleBlock&& block) override {
    const std::lock_guard lock(mutex);
    leapfrogs += static_cast<double>(block.leapfrogs);
    for (const DrawStatistics& draw : block.statistics) leapfrogs_of_draws += draw.leapfrogs;
    losses.insert(losses.end(), block.loss.begin(), block.loss.end());
  }
  std::mutex mutex;
  double leapfrogs = 0, leapfrogs_of_draws = 0;
  std::vector<double> losses;  // chain by chain
};

// Up to 16 islands, as by default, but of 128 members or more where there are enough.
std::uint32_t islands_of(std::uint64_t size) {
  return static_cast<std::uint32_t>(std::clamp<std::uint64_t>(size / 128, 1, 16));
}

SamplePlan island_plan(const BenchGrid& grid, const BenchCase& bench, SampleMethod method) {
  SamplePlan plan;
  plan.shape = grid.shape;
  plan.precision = grid.precision;
  plan.method = method;
  plan.levels = tms::phase_levels(grid.shape.features);
  plan.smc.islands = islands_of(bench.size);
  plan.smc.particles = static_cast<std::uint32_t>(bench.size / plan.smc.islands);
  plan.chains.chains = plan.smc.particles;
  plan.draws = 1;  // of each chain or island: nothing is looked at
  SampleRun& run = plan.runs.emplace_back();
  run.key = grid.seed * 0x9e3779b97f4a7c15ull + bench.samples;
  run.samples = bench.samples;
  run.data = {grid.seed, 0, Purpose::shared_data};
  return plan;
}

BenchCase base_case(const BenchGrid& grid, SampleMethod method, std::uint32_t samples,
                    std::uint64_t size) {
  BenchCase bench;
  bench.suite = "sample";
  bench.name = method == SampleMethod::smc ? "smc" : method == SampleMethod::hmc ? "hmc" : "nuts";
  bench.unit = "leapfrogs";
  bench.size = size / islands_of(size) * islands_of(size);
  bench.samples = samples;
  bench.flops = leapfrog_flops(grid.shape);
  bench.exact_gradients = 1;
  return bench;
}

// From the prior to the posterior: no part of it would be the same work.
BenchCase smc_case(const BenchGrid& grid, std::uint32_t samples, std::uint64_t size) {
  BenchCase bench = base_case(grid, SampleMethod::smc, samples, size);
  bench.can_grow = false;
  bench.run = [grid, bench](Backend& backend, std::uint64_t, RunControl& control) {
    LeapfrogCount sink;
    backend.sample(island_plan(grid, bench, SampleMethod::smc), sink, control);
    return [done = sink.leapfrogs] { return BenchCount{done}; };
  };
  return bench;
}

// Chains from the 5-gon; all leapfrogs count, those of the short warm-up too.
BenchCase chain_case(const BenchGrid& grid, SampleMethod method, std::uint32_t samples,
                     std::uint64_t size) {
  BenchCase bench = base_case(grid, method, samples, size);
  bench.least_amount = 4;  // steps up to the draw
  bench.run = [grid, bench, method](Backend& backend, std::uint64_t amount, RunControl& control) {
    SamplePlan plan = island_plan(grid, bench, method);
    plan.chains.warmup = 10;
    plan.chains.thin = static_cast<std::uint32_t>(std::min<std::uint64_t>(amount, 1'000'000));
    plan.chains.start = {ChainStart::Kind::point,
                         tms::standard_point(tms::phase_code(5, 0, 0), grid.shape.features,
                                             tms::catalogue_dead_bias)};
    LeapfrogCount sink;
    backend.sample(plan, sink, control);
    return [done = sink.leapfrogs] { return BenchCount{done}; };
  };
  return bench;
}

// The bulk effective sample size of the loss over all chains, which start at the prior. A leapfrog
// takes the same time before and after the warm-up.
BenchCase effective_case(const BenchGrid& grid, SampleMethod method, std::uint64_t size) {
  BenchCase bench = base_case(grid, method, mixing_samples, size);
  bench.unit = "effective samples";
  bench.flops = bench.exact_gradients = 0;
  bench.can_grow = false;
  bench.run = [grid, bench, method](Backend& backend, std::uint64_t, RunControl& control) {
    SamplePlan plan = island_plan(grid, bench, method);
    plan.chains.warmup = plan.draws = 200;
    const auto sink = std::make_shared<LeapfrogCount>();
    backend.sample(plan, *sink, control);
    return [sink, draws = plan.draws] {
      const ChainDiagnostics found =
          diagnose(ChainDraws(sink->losses, sink->losses.size() / draws, draws));
      return BenchCount{found.bulk_ess, sink->leapfrogs_of_draws / sink->leapfrogs, found.rhat};
    };
  };
  return bench;
}

}  // namespace

std::vector<BenchCase> sample_bench_cases(const BenchGrid& grid) {
  std::vector<BenchCase> cases;
  for (const SampleMethod method : {SampleMethod::smc, SampleMethod::hmc, SampleMethod::nuts})
    for (const std::uint32_t n : grid.samples)
      for (const std::uint64_t size : grid.sizes) {
        if (method != SampleMethod::smc) cases.push_back(chain_case(grid, method, n, size));
        // An island of smc has at least 16 particles.
        if (method == SampleMethod::smc && size >= 16) cases.push_back(smc_case(grid, n, size));
      }
  for (const SampleMethod method : {SampleMethod::hmc, SampleMethod::nuts})
    for (const std::uint64_t size : grid.sizes)
      if (size <= most_mixing_chains) cases.push_back(effective_case(grid, method, size));
  return cases;
}

}  // namespace kgon
