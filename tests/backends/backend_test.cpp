// Choice of a back end, stopping, and what a CPU back end says of itself.
#include <gtest/gtest.h>

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

TEST(Backend, ListsTheCpuFirst) {
  const auto devices = list_devices();
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

TEST(Backend, StopsBetweenTwoLooks) {
  TrainPlan plan = mixed_plan(Precision::float32);
  for (TrainCell& cell : plan.cells) cell.steps = 1u << 30;
  for (TrainCell& cell : plan.cells) cell.record_steps = {0, cell.steps};
  CollectingSink sink;
  RunControl control;
  control.stop = true;
  make_backend({"cpu", 2, ""}, nullptr)->train(plan, sink, control);
  EXPECT_TRUE(sink.members.empty());
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
