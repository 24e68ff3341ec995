// Workloads of `llc`: chains around the 5-gon on one data set, 16 to a site as by default, with as
// few draws as there can be: what the host makes of draws is not what is timed.
#include <algorithm>
#include <cmath>

#include "engine/bench_case.hpp"
#include "engine/bench_flops.hpp"
#include "kgon/dynamics/hamiltonian.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

constexpr std::uint32_t leapfrogs = 8;
constexpr std::uint64_t draws = 4;
// With more members a site has more chains.
constexpr std::uint64_t most_sites = 256;

struct NothingKept : LlcSink {
  void accept(LlcBlock&&) override {}
};

std::uint64_t sites_of(std::uint64_t size) {
  return std::clamp<std::uint64_t>(size / 16, 1, most_sites);
}

LlcGroup chain_group(const BenchGrid& grid, const BenchCase& bench, Sampler sampler,
                     std::uint64_t steps) {
  LlcGroup group;
  group.key = grid.seed * 0x9e3779b97f4a7c15ull + bench.samples;
  group.sampler = sampler;
  group.samples = bench.samples;
  group.batch = std::min(bench_batch, bench.samples);
  group.leapfrogs = leapfrogs;
  group.draws = draws;
  group.thin = steps / draws;
  group.classify_every = 1;
  return group;
}

// With a step size given, so that nothing is tuned before.
LlcPlan chain_plan(const BenchGrid& grid, const BenchCase& bench, Sampler sampler,
                   std::uint64_t steps) {
  LlcPlan plan;
  plan.shape = grid.shape;
  plan.precision = grid.precision;
  plan.chains = static_cast<std::uint32_t>(bench.size / sites_of(bench.size));
  plan.points =
      tms::standard_point(tms::phase_code(5, 0, 0), grid.shape.features, tms::catalogue_dead_bias);
  plan.origins = {{}};
  plan.names = {"5"};
  plan.data = {{grid.seed, 0, Purpose::shared_data}};
  plan.levels = tms::phase_levels(grid.shape.features);
  LlcSite site;
  site.nbeta = bench.samples / std::log(std::max(2.0, static_cast<double>(bench.samples)));
  site.gamma = 1;
  site.step_size = sampler == Sampler::hmc ? 0.5 / std::sqrt(site.nbeta) : 0.1 / site.nbeta;
  plan.sites.assign(sites_of(bench.size), site);
  for (std::size_t s = 0; s < plan.sites.size(); ++s) plan.sites[s].identity = s + 1;
  plan.groups = {chain_group(grid, bench, sampler, steps)};
  plan.groups[0].site_count = plan.sites.size();
  return plan;
}

// Leapfrogs of all chains: their number in a step is the same for all of them.
double leapfrogs_of(const LlcPlan& plan) {
  const LlcGroup& group = plan.groups[0];
  double sum = 0;
  for (std::uint64_t t = 0; t < group.draws * group.thin; ++t)
    sum += leapfrog_count(group.key, Purpose::leapfrog_count, t, group.leapfrogs);
  return sum * plan.chains * static_cast<double>(plan.sites.size());
}

BenchCase chain_case(const BenchGrid& grid, const std::string& name, Sampler sampler,
                     std::uint32_t samples, std::uint64_t size) {
  const bool is_hmc = sampler == Sampler::hmc, is_sgld = sampler == Sampler::sgld;
  BenchCase bench;
  bench.suite = "llc";
  bench.name = name;
  bench.unit = is_hmc ? "leapfrogs" : "steps";
  bench.size = size / sites_of(size) * sites_of(size);
  bench.samples = samples;
  bench.flops = is_hmc    ? leapfrog_flops(grid.shape)
                : is_sgld ? sgld_step_flops(grid.shape, std::min(bench_batch, samples))
                          : langevin_step_flops(grid.shape);
  bench.exact_gradients = is_sgld ? 0 : 1;
  // A step of hmc is 4.5 leapfrogs on average.
  bench.least_amount = is_hmc ? 40 : 200;
  bench.run = [grid, bench, sampler](Backend& backend, std::uint64_t steps, RunControl& control) {
    const LlcPlan plan = chain_plan(grid, bench, sampler, steps);
    NothingKept sink;
    const std::uint64_t before = control.member_steps;
    backend.estimate_llc(plan, sink, control);
    const auto steps_done = static_cast<double>(control.member_steps - before);
    return [=] { return BenchCount{sampler == Sampler::hmc ? leapfrogs_of(plan) : steps_done}; };
  };
  return bench;
}

}  // namespace

std::vector<BenchCase> llc_bench_cases(const BenchGrid& grid) {
  std::vector<BenchCase> cases;
  const auto add = [&](const std::string& name, Sampler sampler) {
    for (const std::uint32_t n : grid.llc_samples)
      for (const std::uint64_t size : grid.sizes)
        cases.push_back(chain_case(grid, name, sampler, n, size));
  };
  add("langevin", Sampler::langevin);
  add("hmc", Sampler::hmc);
  add("sgld", Sampler::sgld);
  return cases;
}

}  // namespace kgon
