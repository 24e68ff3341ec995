// Which islands of which posteriors and ladders a shard hands out.
#include "engine/sample_work.hpp"

#include <gtest/gtest.h>

#include <utility>
#include <vector>

#include "engine/ladder_work.hpp"

namespace kgon {
namespace {

using Handed = std::vector<std::pair<std::size_t, std::uint32_t>>;  // run or ladder, island

// Two data sets and the population, a ladder of one rung for each.
SamplePlan plan_of_islands(std::uint32_t islands) {
  SamplePlan plan;
  plan.smc.islands = islands;
  for (const std::uint32_t data_set : {0u, 1u, 2u}) {
    SampleRun& run = plan.runs.emplace_back();
    run.samples = 20 + data_set;
    run.population = data_set == 2;
    run.data_set = data_set;
    run.data = {5, data_set, Purpose::shared_data};
    plan.ladders.emplace_back().rungs = {{run.samples, data_set}};
  }
  return plan;
}

class Nowhere : public SampleSink {
 public:
  void accept(SampleBlock&&) override {}
};

Handed islands_of(const SamplePlan& plan) {
  RunControl control;
  Nowhere nowhere;
  SampleWork work(plan, nowhere, control);
  SampleShare share;
  Handed handed;
  while (work.next(share)) {
    const SampleRun& run = plan.runs[share.task.run];
    EXPECT_EQ(share.task.data == nullptr, run.population);
    if (!run.population) {
      EXPECT_EQ(share.task.data->samples.size(), run.samples);
    }
    handed.emplace_back(share.task.run, share.task.island);
  }
  return handed;
}

Handed ladders_of(const SamplePlan& plan) {
  RunControl control;
  Nowhere nowhere;
  LadderWork work(plan, nowhere, control);
  LadderShare share;
  Handed handed;
  while (work.next(share)) handed.emplace_back(share.task.ladder, share.task.island);
  return handed;
}

TEST(SampleWork, HandsOutEveryIslandRunByRun) {
  const Handed all = {{0, 0}, {0, 1}, {1, 0}, {1, 1}, {2, 0}, {2, 1}};
  EXPECT_EQ(islands_of(plan_of_islands(2)), all);
  EXPECT_EQ(ladders_of(plan_of_islands(2)), all);
}

TEST(SampleWork, OfAShardHandsOutItsIslandsOfEveryRun) {
  SamplePlan plan = plan_of_islands(7);
  plan.shard = {3, 2};
  const Handed part = {{0, 3}, {0, 4}, {1, 3}, {1, 4}, {2, 3}, {2, 4}};
  EXPECT_EQ(islands_of(plan), part);
  EXPECT_EQ(ladders_of(plan), part);
  plan.shard = {6, 1};
  const Handed last = {{0, 6}, {1, 6}, {2, 6}};
  EXPECT_EQ(islands_of(plan), last);
  EXPECT_EQ(ladders_of(plan), last);
}

// Has the islands of an earlier run.
class Half : public Nowhere {
 public:
  bool has(std::size_t run, std::uint32_t island) const override {
    return run == 1 || (run == 0 && island == 1);
  }
};

TEST(SampleWork, LeavesOutTheIslandsOfEarlierRuns) {
  const SamplePlan plan = plan_of_islands(2);
  RunControl control;
  Half half;
  SampleWork work(plan, half, control);
  SampleShare share;
  Handed handed;
  while (work.next(share)) handed.emplace_back(share.task.run, share.task.island);
  EXPECT_EQ(handed, (Handed{{0, 0}, {2, 0}, {2, 1}}));
  LadderWork ladders(plan, half, control);
  LadderShare ladder;
  handed.clear();
  while (ladders.next(ladder)) handed.emplace_back(ladder.task.ladder, ladder.task.island);
  EXPECT_EQ(handed, (Handed{{0, 0}, {2, 0}, {2, 1}}));
}

TEST(SampleWork, KnowsWhatIsAPart) {
  SamplePlan plan = plan_of_islands(7);
  EXPECT_FALSE(plan.is_part());
  EXPECT_EQ(plan.islands().count, 7u);
  plan.shard = {0, 7};
  EXPECT_FALSE(plan.is_part());
  plan.shard = {0, 6};
  EXPECT_TRUE(plan.is_part());
  EXPECT_EQ(plan.islands().end(), 6u);
}

TEST(SampleWork, BytesOfDraws) {
  SamplePlan plan = plan_of_islands(2);
  plan.shape = {2, 6};
  plan.draws = 10;
  EXPECT_EQ(draws_bytes(plan), 10u * (18 * 8 + 8 + 2 * 2));
  EXPECT_GE(island_bytes(plan, 100), plan.smc.particles * 100 + 2 * draws_bytes(plan));
  plan.method = SampleMethod::nuts;
  plan.chains.chains = 3;
  EXPECT_EQ(draws_bytes(plan), 3u * 10 * (18 * 8 + 8 + 2 * 2 + sizeof(DrawStatistics)));
  EXPECT_GE(island_bytes(plan, 100), 3 * draws_bytes(plan));
  plan.method = SampleMethod::tempering;
  plan.tempering.chains = 5;
  EXPECT_EQ(draws_bytes(plan), 5u * 10 * (18 * 8 + 8 + 2 * 2));
  EXPECT_GE(ladder_bytes(plan, 100), 2 * draws_bytes(plan));
}

}  // namespace
}  // namespace kgon
