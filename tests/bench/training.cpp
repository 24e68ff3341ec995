#include <benchmark/benchmark.h>

#include "backends/cpu/instruction_set.hpp"
#include "cases.hpp"
#include "kgon/engine/backend.hpp"
#include "kgon/engine/catalogue.hpp"

namespace kgon::bench {
namespace {

constexpr std::uint64_t members = 64;

// The paper's setting, cut short, with next to nothing recorded.
TrainPlan training_plan(Dataset dataset, Batching batching) {
  TrainCell cell;
  cell.init = "4";
  cell.key = 0x9876543210abcdefull;
  cell.start = tms::standard_point(tms::phase_code(4, 0, 0), 6, 0.0);
  cell.dataset = dataset;
  cell.batching = batching;
  // A step of population descent costs several of SGD.
  cell.steps = dataset == Dataset::population ? 5000 : 20000;
  cell.record_steps = {0, cell.steps};
  cell.classify_every = 1000;
  TrainPlan plan;
  plan.trajectories = plan.count = members;
  plan.keep = KeepParameters::none;
  plan.levels = tms::phase_levels(6);
  plan.cells = {cell};
  return plan;
}

class MemberCount : public TrainSink {
 public:
  void accept(TrainBlock&& block) override { members += block.range.count; }
  std::uint64_t members = 0;
};

void measure_training(benchmark::State& state, const std::string& instructions, Dataset dataset,
                      Batching batching) {
  const auto backend = make_backend({"cpu", 1, instructions}, nullptr);
  const TrainPlan plan = training_plan(dataset, batching);
  std::uint64_t steps = 0;
  for (auto run : state) {
    MemberCount sink;
    RunControl control;
    backend->train(plan, sink, control);
    steps += control.member_steps;
    if (sink.members != members) {
      state.SkipWithError("members are missing");
      break;
    }
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(steps));
}

}  // namespace

void register_training() {
  const auto add = [](const std::string& name, const std::string& instructions, Dataset dataset,
                      Batching batching) {
    benchmark::RegisterBenchmark(name.c_str(), measure_training, instructions, dataset, batching)
        ->Unit(benchmark::kMillisecond);
  };
  for (const cpu::InstructionSet set : cpu::available_instruction_sets()) {
    const std::string isa = cpu::name(set);
    add("sgd/" + isa + "/shuffle", isa, Dataset::own, Batching::shuffle);
    add("sgd/" + isa + "/replacement", isa, Dataset::own, Batching::replacement);
    add("population_descent/" + isa, isa, Dataset::population, Batching::shuffle);
  }
}

}  // namespace kgon::bench
