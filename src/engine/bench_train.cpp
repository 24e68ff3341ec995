// Workloads of `train`: the paper's setting, with next to nothing recorded.
#include <algorithm>

#include "engine/bench_case.hpp"
#include "engine/bench_flops.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon {
namespace {

struct NoMembersKept : TrainSink {
  void accept(TrainBlock&&) override {}
};

TrainPlan descent_plan(const BenchGrid& grid, const BenchCase& bench, Batching batching,
                       std::uint64_t steps) {
  TrainCell cell;
  cell.init = "4";
  cell.key = grid.seed * 0x9e3779b97f4a7c15ull + bench.samples;
  cell.start = tms::standard_point(tms::phase_code(4, 0, 0), grid.shape.features, 0.0);
  cell.dataset = bench.samples == 0 ? Dataset::population : Dataset::own;
  cell.batching = batching;
  cell.samples = bench.samples == 0 ? 1 : bench.samples;
  cell.batch = std::min(bench_batch, cell.samples);
  cell.steps = steps;
  cell.record_steps = {steps};
  cell.classify_every = 1000;
  TrainPlan plan;
  plan.shape = grid.shape;
  plan.precision = grid.precision;
  plan.trajectories = plan.count = bench.size;
  plan.keep = KeepParameters::none;
  plan.levels = tms::phase_levels(grid.shape.features);
  plan.cells = {cell};
  return plan;
}

BenchCase descent_case(const BenchGrid& grid, const std::string& name, Batching batching,
                       std::uint32_t samples, std::uint64_t size) {
  BenchCase bench;
  bench.suite = "train";
  bench.name = name;
  bench.unit = "steps";
  bench.size = size;
  bench.samples = samples;
  bench.flops = samples == 0 ? population_step_flops(grid.shape)
                             : sgd_step_flops(grid.shape, std::min(bench_batch, samples));
  // Long enough that drawing a trajectory's data and the loss at its end are an eighth or less.
  bench.least_amount = samples == 0 ? 200 : std::max(1000u, samples);
  bench.run = [grid, bench, batching](Backend& backend, std::uint64_t steps, RunControl& control) {
    const TrainPlan plan = descent_plan(grid, bench, batching, steps);
    NoMembersKept sink;
    const std::uint64_t before = control.member_steps;
    backend.train(plan, sink, control);
    const auto steps_done = static_cast<double>(control.member_steps - before);
    return [=] { return BenchCount{steps_done}; };
  };
  return bench;
}

}  // namespace

std::vector<BenchCase> train_bench_cases(const BenchGrid& grid) {
  std::vector<BenchCase> cases;
  const auto add = [&](const std::string& name, Batching batching, std::uint32_t samples) {
    for (const std::uint64_t size : grid.sizes)
      cases.push_back(descent_case(grid, name, batching, samples, size));
  };
  for (const std::uint32_t n : grid.samples) add("independent draws", Batching::replacement, n);
  for (const std::uint32_t n : grid.samples) add("epoch shuffling", Batching::shuffle, n);
  add("population descent", Batching::shuffle, 0);
  return cases;
}

}  // namespace kgon
