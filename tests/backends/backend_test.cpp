// Choice of a back end, stopping, and what a CPU back end says of itself.
#include <gtest/gtest.h>

#include <thread>

#include "backends/conformance.hpp"
#include "backends/cpu/instruction_set.hpp"

namespace kgon::test {
namespace {

TEST(Backend, RefusesDevicesThatAreNotWords) {
  for (const char* device : {"gpu", "cuda:", "cuda:x", "cuda:0,", "cuda:0,0", "cuda0", "CPU", ""}) {
    EXPECT_THROW(make_backend({device, 0, ""}, nullptr), std::invalid_argument) << device;
  }
}

TEST(Backend, RefusesInstructionSetsThatDoNotExist) {
  EXPECT_THROW(make_backend({"cpu", 0, "sse9"}, nullptr), std::invalid_argument);
}

TEST(Backend, NamesInstructionsAndThreads) {
  EXPECT_EQ(make_backend({"cpu", 1, "baseline"}, nullptr)->description(),
            "cpu (baseline, 1 thread)");
  EXPECT_EQ(make_backend({"cpu", 3, "baseline"}, nullptr)->description(),
            "cpu (baseline, 3 threads)");
}

TEST(Backend, AutoSaysWhyItTakesTheCpu) {
  std::string note;
  const auto backend = make_backend({"auto", 1, ""}, &note);
  const bool is_cpu = backend->description().starts_with("cpu");
  EXPECT_EQ(note.find("CUDA") != std::string::npos, is_cpu) << note;
  note.clear();
  make_backend({"cpu", 1, ""}, &note);
  EXPECT_EQ(note, "");
}

TEST(Backend, ListsTheCpuFirst) {
  const auto devices = list_devices().devices;
  ASSERT_FALSE(devices.empty());
  EXPECT_EQ(devices[0].name, "cpu");
  EXPECT_NE(devices[0].description.find("baseline"), std::string::npos);
}

TEST(Backend, AModelThatIsNotCompiledIsNamed) {
  TrainPlan plan = mixed_plan(Precision::float32);
  plan.shape = {2, 99};
  CollectingSink sink;
  RunControl control;
  EXPECT_THROW(make_backend({"cpu", 1, ""}, nullptr)->train(plan, sink, control),
               std::invalid_argument);
}

TEST(Backend, AStopBeforeTheStartLeavesNothingToDo) {
  CollectingSink sink;
  RunControl control;
  control.stop = true;
  make_backend({"cpu", 2, ""}, nullptr)->train(mixed_plan(Precision::float32), sink, control);
  EXPECT_TRUE(sink.members.empty());
  EXPECT_EQ(control.member_steps, 0u);
}

TEST(Backend, StopsBetweenTwoLooksThatAreFarApart) {
  for (const Dataset dataset : {Dataset::own, Dataset::population}) {
    TrainPlan plan = mixed_plan(Precision::float32);
    plan.cells = {make_cell(dataset, Batching::shuffle, 20, 20, 4'000'000)};
    plan.cells[0].classify_every = plan.cells[0].steps;
    plan.cells[0].record_steps = {0, plan.cells[0].steps};
    CollectingSink sink;
    RunControl control;
    {
      const std::jthread stopper([&control] {
        while (control.member_steps == 0) std::this_thread::yield();
        control.stop = true;
      });
      make_backend({"cpu", 2, ""}, nullptr)->train(plan, sink, control);
    }
    EXPECT_TRUE(sink.members.empty());
    EXPECT_LT(control.member_steps, plan.count * plan.cells[0].steps / 4);
  }
}

TEST(Backend, AStopWhileItRunsLeavesWholeBlocksOnly) {
  TrainPlan plan = mixed_plan(Precision::float32);
  plan.trajectories = plan.count = 1000;
  const Collected all = run(*make_backend({"cpu", 2, ""}, nullptr), plan);
  RunControl control;
  StoppingSink sink(control);
  make_backend({"cpu", 2, ""}, nullptr)->train(plan, sink, control);
  EXPECT_FALSE(sink.members.empty());
  EXPECT_LT(sink.members.size(), all.size() / 10);
  EXPECT_EQ(sink.duplicates, 0);
  for (const auto& [key, bytes] : sink.members) EXPECT_EQ(bytes, all.at(key)) << key.second;
}

// The looks and records only, and with them the pieces in which steps are taken.
TEST(Backend, RareLooksChangeNoParameters) {
  for (const TrainCell& cell : {make_cell(Dataset::own, Batching::shuffle, 37, 20, 30'000),
                                make_cell(Dataset::shared, Batching::replacement, 37, 7, 30'000),
                                make_cell(Dataset::population, Batching::shuffle, 1, 1, 30'000)}) {
    TrainPlan plan = mixed_plan(Precision::float32);
    plan.trajectories = plan.count = 3;
    plan.keep = KeepParameters::final;
    plan.cells = {cell};
    CollectingSink often, rarely;
    RunControl control;
    const auto backend = make_backend({"cpu", 1, ""}, nullptr);
    backend->train(plan, often, control);
    plan.cells[0].classify_every = cell.steps;
    plan.cells[0].record_steps = {0, cell.steps};
    backend->train(plan, rarely, control);
    ASSERT_EQ(often.blocks.size(), 1u);
    ASSERT_EQ(rarely.blocks.size(), 1u);
    EXPECT_EQ(often.blocks[0].parameters, rarely.blocks[0].parameters);
  }
}

TEST(Backend, TakesMoreThreadsThanThereIsWorkFor) {
  const TrainPlan plan = mixed_plan(Precision::float32);
  EXPECT_EQ(run(*make_backend({"cpu", 4096, ""}, nullptr), plan),
            run(*make_backend({"cpu", 1, ""}, nullptr), plan));
}

// Keeps a sink's exception from being lost in a thread.
class ThrowingSink : public TrainSink {
 public:
  void accept(TrainBlock&&) override { throw std::runtime_error("the disk is full"); }
};

TEST(Backend, PassesOnWhatTheSinkThrows) {
  ThrowingSink sink;
  RunControl control;
  EXPECT_THROW(
      make_backend({"cpu", 2, ""}, nullptr)->train(mixed_plan(Precision::float32), sink, control),
      std::runtime_error);
}

}  // namespace
}  // namespace kgon::test
