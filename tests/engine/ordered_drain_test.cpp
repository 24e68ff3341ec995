#include "engine/ordered_drain.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <thread>

#include "engine/cell_settings.hpp"

namespace kgon {
namespace {

TrainPlan plan_of(std::size_t cells, std::uint64_t first, std::uint64_t count) {
  TrainPlan plan;
  plan.trajectories = plan.count = count;
  plan.first = first;
  plan.cells.resize(cells);
  return plan;
}

// 100 bytes a member.
TrainBlock block_of(std::uint32_t cell, std::uint64_t first, std::uint64_t count) {
  TrainBlock block;
  block.range = {cell, first, count};
  block.on_plateau.resize(100 * count);
  return block;
}

// Ranges of 1..5 members that cover the plan, in ascending order.
std::vector<MemberRange> ranges_of(const TrainPlan& plan, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<MemberRange> ranges;
  for (std::uint32_t cell = 0; cell < plan.cells.size(); ++cell) {
    std::uint64_t at = plan.first;
    while (at < plan.first + plan.count) {
      const std::uint64_t count =
          std::min<std::uint64_t>(1 + random() % 5, plan.first + plan.count - at);
      ranges.push_back({cell, at, count});
      at += count;
    }
  }
  return ranges;
}

struct Collector {
  std::vector<MemberRange> seen;
  OrderedDrain::Consumer consumer() {
    return [this](const TrainBlock& block) { seen.push_back(block.range); };
  }
};

TEST(OrderedDrain, SortsAnyOrder) {
  const TrainPlan plan = plan_of(3, 10, 40);
  for (unsigned seed = 0; seed < 20; ++seed) {
    auto ranges = ranges_of(plan, seed);
    const auto ordered = ranges;
    std::shuffle(ranges.begin(), ranges.end(), std::mt19937(seed));
    RunControl control;
    Collector collector;
    OrderedDrain drain(plan, collector.consumer(), control, {.blocks = ranges.size()});
    for (const auto& r : ranges) drain.accept(block_of(r.cell, r.first, r.count));
    const auto outcome = drain.finish();
    EXPECT_TRUE(outcome.complete);
    EXPECT_EQ(outcome.members, 120u);
    ASSERT_EQ(collector.seen.size(), ordered.size());
    for (std::size_t i = 0; i < ordered.size(); ++i) {
      EXPECT_EQ(collector.seen[i].cell, ordered[i].cell);
      EXPECT_EQ(collector.seen[i].first, ordered[i].first);
    }
  }
}

TEST(OrderedDrain, ThreadsThatPullInOrderNeverDeadlock) {
  const TrainPlan plan = plan_of(4, 0, 500);
  for (const PendingLimit limit : {PendingLimit{0}, PendingLimit{1}, PendingLimit{3},
                                   PendingLimit{64, 0}, PendingLimit{64, 300}}) {
    const auto ranges = ranges_of(plan, 7);
    RunControl control;
    Collector collector;
    std::atomic<int> inside{0};
    OrderedDrain drain(
        plan,
        [&](const TrainBlock& block) {
          EXPECT_EQ(inside++, 0);
          collector.seen.push_back(block.range);
          --inside;
        },
        control, limit);
    std::atomic<std::size_t> next{0};
    {
      std::vector<std::jthread> workers;
      for (unsigned w = 0; w < 8; ++w) {
        workers.emplace_back([&, w] {
          std::mt19937 random(w);
          for (std::size_t i; (i = next++) < ranges.size();) {
            if (random() % 8 == 0) std::this_thread::yield();
            drain.accept(block_of(ranges[i].cell, ranges[i].first, ranges[i].count));
          }
        });
      }
    }
    EXPECT_TRUE(drain.finish().complete);
    ASSERT_EQ(collector.seen.size(), ranges.size());
    for (std::size_t i = 0; i < ranges.size(); ++i) {
      EXPECT_EQ(collector.seen[i].first, ranges[i].first);
    }
  }
}

// Whether the third block of four waits until the first has come.
void expect_held_back(PendingLimit limit, bool held_back) {
  const TrainPlan plan = plan_of(1, 0, 4);
  RunControl control;
  Collector collector;
  OrderedDrain drain(plan, collector.consumer(), control, limit);
  drain.accept(block_of(0, 1, 1));
  std::atomic<bool> entered{false};
  std::jthread worker([&] {
    drain.accept(block_of(0, 2, 1));
    entered = true;
  });
  std::this_thread::sleep_for(std::chrono::milliseconds(30));
  EXPECT_FALSE(held_back && entered);
  drain.accept(block_of(0, 0, 1));  // next: let in although full
  worker.join();
  EXPECT_TRUE(entered);
  drain.accept(block_of(0, 3, 1));
  EXPECT_TRUE(drain.finish().complete);
}

TEST(OrderedDrain, HoldsBackBlocksThatAreTooManyAhead) {
  expect_held_back({.blocks = 1}, true);
  expect_held_back({.blocks = 2}, false);
}

TEST(OrderedDrain, HoldsBackBlocksThatAreTooLarge) {
  expect_held_back({.blocks = 64, .bytes = 199}, true);
  expect_held_back({.blocks = 64, .bytes = 10}, true);
  expect_held_back({.blocks = 64, .bytes = 200}, false);
}

TEST(TrainBlocks, HaveTheBytesOfTheirMembers) {
  TrainPlan plan = plan_of(1, 0, 5);
  plan.cells[0].record_steps = {0, 3, 7};
  for (const KeepParameters keep :
       {KeepParameters::none, KeepParameters::final, KeepParameters::all}) {
    plan.keep = keep;
    EXPECT_EQ(block_bytes(make_train_block(plan, {0, 0, 5})),
              5 * block_member_bytes(plan, plan.cells[0]));
  }
}

TEST(OrderedDrain, ConsumerExceptionStopsTheRunAndReachesTheOwner) {
  const TrainPlan plan = plan_of(1, 0, 10);
  RunControl control;
  OrderedDrain drain(plan, [](const TrainBlock&) { throw std::runtime_error("disk full"); },
                     control, {.blocks = 2});
  EXPECT_NO_THROW(drain.accept(block_of(0, 0, 1)));
  EXPECT_TRUE(control.stop);
  for (std::uint64_t m = 1; m < 10; ++m) EXPECT_NO_THROW(drain.accept(block_of(0, m, 1)));
  try {
    drain.finish();
    FAIL();
  } catch (const std::runtime_error& error) {
    EXPECT_STREQ(error.what(), "disk full");
  }
}

TEST(OrderedDrain, StopReleasesWaitersAndReportsTheGaplessPart) {
  const TrainPlan plan = plan_of(1, 0, 100);
  RunControl control;
  Collector collector;
  OrderedDrain drain(plan, collector.consumer(), control, {.blocks = 1});
  drain.accept(block_of(0, 0, 5));
  drain.accept(block_of(0, 10, 5));
  std::jthread worker([&] { drain.accept(block_of(0, 20, 5)); });
  std::this_thread::sleep_for(std::chrono::milliseconds(10));
  control.stop = true;
  worker.join();
  const auto outcome = drain.finish();
  EXPECT_FALSE(outcome.complete);
  EXPECT_EQ(outcome.members, 5u);
  EXPECT_EQ(collector.seen.size(), 1u);
}

TEST(OrderedDrain, RefusesDoubledAndForeignBlocks) {
  const TrainPlan plan = plan_of(2, 10, 10);
  const std::vector<MemberRange> wrong = {
      {0, 10, 2}, {2, 10, 1}, {0, 9, 1}, {1, 15, 6}, {0, 12, 0}};
  for (const auto& range : wrong) {
    RunControl control;
    Collector collector;
    OrderedDrain drain(plan, collector.consumer(), control);
    drain.accept(block_of(0, 10, 2));
    drain.accept(block_of(range.cell, range.first, range.count));
    EXPECT_TRUE(control.stop);
    EXPECT_THROW(drain.finish(), std::logic_error);
  }
}

TEST(OrderedDrain, EmptyShardIsComplete) {
  RunControl control;
  Collector collector;
  OrderedDrain drain(plan_of(2, 5, 0), collector.consumer(), control);
  EXPECT_TRUE(drain.finish().complete);
}

}  // namespace
}  // namespace kgon
