// The host's view of the launches: how far members are, and how far the queue is ahead.
#include <gtest/gtest.h>

#include "backends/batches/group_clock.hpp"
#include "backends/batches/launch_pace.hpp"
#include "backends/conformance.hpp"

namespace kgon::test {
namespace {

using batches::GroupClock;
using batches::LaunchPace;

TrainPlan two_cells() {
  TrainPlan plan;
  plan.trajectories = plan.count = 10;
  plan.cells = {make_cell(Dataset::own, Batching::shuffle, 100, 10, 40),
                make_cell(Dataset::own, Batching::shuffle, 100, 10, 100)};
  plan.cells[0].classify_every = 30;
  plan.cells[0].record_steps = {0, 7, 40};
  plan.cells[1].classify_every = 50;
  plan.cells[1].record_steps = {60};
  return plan;
}

std::vector<std::uint64_t> strides(GroupClock clock) {
  std::vector<std::uint64_t> member_steps;
  while (!clock.is_done()) member_steps.push_back(clock.advance());
  return member_steps;
}

TEST(GroupClock, StopsAtLooksAndRecords) {
  using Steps = std::vector<std::uint64_t>;
  const TrainPlan plan = two_cells();
  // 0 -> 7 -> 30 -> 40 and 0 -> 50 -> 60 -> 100, for the members of either cell.
  EXPECT_EQ(strides({plan, 0, 1, 1000}), (Steps{7, 23, 10}));
  EXPECT_EQ(strides({plan, 10, 10, 1000}), (Steps{500, 100, 400}));
  EXPECT_EQ(strides({plan, 8, 3, 1000}), (Steps{2 * 7 + 50, 2 * 23 + 10, 2 * 10 + 40}));
}

TEST(GroupClock, StopsAtTheLengthOfALaunch) {
  using Steps = std::vector<std::uint64_t>;
  const TrainPlan plan = two_cells();
  EXPECT_EQ(strides({plan, 0, 1, 10}), (Steps{7, 10, 10, 3, 10}));
  EXPECT_EQ(strides({plan, 9, 2, 40}), (Steps{7 + 40, 23 + 10, 10 + 10, 40}));
  EXPECT_EQ(strides({plan, 0, 1, 1}).size(), 40u);
}

TEST(GroupClock, ACellWithoutStepsIsDone) {
  TrainPlan plan = two_cells();
  plan.cells[0].steps = 0;
  EXPECT_TRUE(GroupClock(plan, 0, 10, 5).is_done());
  EXPECT_FALSE(GroupClock(plan, 0, 11, 5).is_done());
}

// Notes what the pace asks of a queue.
struct NotingQueue {
  std::string text;
  void mark(unsigned k) { text += "m" + std::to_string(k) + " "; }
  void wait(unsigned k) { text += "w" + std::to_string(k) + " "; }
  void synchronize() { text += "s "; }
};

TEST(LaunchPace, MarksEveryLongLaunchAndWaitsForTheOldest) {
  NotingQueue queue;
  RunControl control;
  LaunchPace<NotingQueue> pace(queue, 100, control);
  for (int k = 0; k < 4; ++k) pace.after_stop(100);
  EXPECT_EQ(queue.text, "m0 m1 m2 m3 ");
  EXPECT_EQ(control.member_steps, 0u);
  pace.after_stop(150);
  EXPECT_EQ(queue.text, "m0 m1 m2 m3 w0 m0 ");
  EXPECT_EQ(control.member_steps, 100u);
  pace.finish();
  EXPECT_EQ(queue.text, "m0 m1 m2 m3 w0 m0 w1 w2 w3 w0 s ");
  EXPECT_EQ(control.member_steps, 550u);
}

TEST(LaunchPace, MarksShortLaunchesEveryEightStops) {
  NotingQueue queue;
  RunControl control;
  LaunchPace<NotingQueue> pace(queue, 1000, control);
  for (int k = 0; k < 20; ++k) pace.after_stop(3);
  EXPECT_EQ(queue.text, "m0 m1 ");
  pace.finish();
  EXPECT_EQ(control.member_steps, 60u);
}

}  // namespace
}  // namespace kgon::test
