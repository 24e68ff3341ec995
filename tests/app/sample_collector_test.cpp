// What the sample stage does with islands as they come, and the line that tells how many have.
#include "app/sample_collector.hpp"

#include <gtest/gtest.h>

#include <stdexcept>

#include "app/progress.hpp"
#include "app/sample_report.hpp"
#include "io/synthetic_result.hpp"

namespace kgon {
namespace {

SamplePlan plan_of(std::size_t runs, std::uint32_t islands) {
  SamplePlan plan;
  plan.runs.resize(runs);
  plan.smc.islands = islands;
  plan.draws = 0;
  return plan;
}

SampleBlock block_of(std::size_t run, std::uint32_t island) {
  SampleBlock block;
  block.run = run;
  block.island = island;
  block.log_evidence = static_cast<double>(run) + island / 8.0;
  return block;
}

// What a back end hands to it goes to a file.
class SampleCollectorTest : public testing::Test {
 protected:
  synthetic::ScratchDirectory scratch_;
  const ResultMetadata about_;
};

TEST_F(SampleCollectorTest, KeepsIslandsInTheOrderOfThePlan) {
  const SamplePlan plan = plan_of(2, 3);
  SampleResultWriter writer(scratch_ / "x.nc", plan, about_);
  SampleCollector collector(plan, writer);
  for (const std::uint32_t island : {2u, 0u, 1u})
    for (const std::size_t run : {1u, 0u}) {
      EXPECT_FALSE(collector.is_complete());
      collector.accept(block_of(run, island));
    }
  EXPECT_TRUE(collector.is_complete());
  for (std::size_t i = 0; i < 6; ++i)
    EXPECT_EQ(collector.blocks()[i].log_evidence,
              static_cast<double>(i / 3) + static_cast<double>(i % 3) / 8.0);
}

TEST_F(SampleCollectorTest, HandsDrawsOnAndKeepsNone) {
  SamplePlan plan = plan_of(1, 2);
  plan.shape = {1, 1};
  plan.draws = 3;
  SampleResultWriter writer(scratch_ / "x.nc", plan, about_);
  SampleCollector collector(plan, writer);
  SampleBlock block = block_of(0, 1);
  block.parameters = {1, 2, 3, 4, 5, 6};
  block.loss = {0.5, 0.25, 0.125};
  block.phase = block.hull_phase = {1, 2, 3};
  collector.accept(SampleBlock(block));
  EXPECT_EQ(collector.blocks()[1].loss.capacity(), 0u);
  EXPECT_EQ(collector.blocks()[1].parameters.capacity(), 0u);
  writer.read_draws(collector.blocks()[1]);
  EXPECT_EQ(collector.blocks()[1].loss, block.loss);
  EXPECT_EQ(collector.blocks()[1].phase, block.phase);
}

TEST_F(SampleCollectorTest, RefusesWhatIsNotThePlans) {
  const SamplePlan plan = plan_of(2, 3);
  SampleResultWriter writer(scratch_ / "x.nc", plan, about_);
  SampleCollector collector(plan, writer);
  collector.accept(block_of(0, 1));
  EXPECT_THROW(collector.accept(block_of(0, 1)), std::logic_error);
  EXPECT_THROW(collector.accept(block_of(0, 3)), std::logic_error);
  EXPECT_THROW(collector.accept(block_of(2, 0)), std::logic_error);
}

TEST_F(SampleCollectorTest, KeepsTheIslandsOfAShard) {
  SamplePlan plan = plan_of(2, 7);
  plan.shard = {3, 2};
  SampleResultWriter writer(scratch_ / "x.nc", plan, about_);
  SampleCollector collector(plan, writer);
  for (const std::uint32_t island : {0u, 2u, 5u, 7u})
    EXPECT_THROW(collector.accept(block_of(0, island)), std::logic_error) << island;
  EXPECT_THROW(collector.accept(block_of(2, 3)), std::logic_error);
  for (const std::uint32_t island : {4u, 3u})
    for (const std::size_t run : {1u, 0u}) collector.accept(block_of(run, island));
  EXPECT_TRUE(collector.is_complete());
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(collector.blocks()[i].run, i / 2);
    EXPECT_EQ(collector.blocks()[i].island, 3 + i % 2);
  }
}

TEST(ProgressText, CountsWhatItIsTold) {
  EXPECT_EQ(progress_text(500, 1000, 10), " 50.0 %  50 steps/s  10.0 s left");
  EXPECT_EQ(progress_text(2500, 10000, 10, {"islands", 1000}),
            " 25.0 %  0.25 islands/s  30.0 s left");
}

}  // namespace
}  // namespace kgon
