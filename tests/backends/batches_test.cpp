// How plans are cut into batches, launches and blocks, and what happens where that goes wrong.
#include <gtest/gtest.h>

#include <set>

#include "backends/batches/group_kinds.hpp"
#include "backends/batches/halving.hpp"
#include "backends/batches/sizes.hpp"
#include "backends/batches/transpose.hpp"
#include "backends/conformance.hpp"
#include "backends/emulated_backend.hpp"

namespace kgon::test {
namespace {

using batches::BatchSettings;
using batches::FlatRange;
using batches::WorkQueue;

std::vector<std::uint64_t> cut(std::uint64_t total, std::uint64_t takers, std::uint64_t smallest,
                               std::uint64_t most = 1u << 18) {
  RunControl control;
  WorkQueue work({{0, total, nullptr}}, takers, smallest, control);
  std::vector<std::uint64_t> counts;
  std::uint64_t taken = 0;
  for (FlatRange range; work.next(most, range); taken += range.count) {
    EXPECT_EQ(range.first, taken);
    EXPECT_LE(range.count, work.largest());
    counts.push_back(range.count);
  }
  EXPECT_EQ(taken, total);
  EXPECT_TRUE(work.is_over());
  return counts;
}

TEST(WorkQueue, GivesEveryTakerOfASmallPlanOneRange) {
  for (const std::uint64_t takers : {1u, 2u, 3u, 7u, 8u}) {
    const auto counts = cut(100'003, takers, 1u << 15);
    ASSERT_GE(counts.size(), takers);
    EXPECT_LE(counts.front() - counts.back(), takers) << takers;
  }
}

TEST(WorkQueue, RangesOfALargePlanGrowAtFirstAndAreNeverTiny) {
  for (const std::uint64_t most : {1u << 16, 1u << 18}) {
    const auto counts = cut(1u << 20, 4, 1u << 15, most);
    EXPECT_GE(counts.size(), 12u);
    for (std::size_t k = 0; k < 3; ++k) EXPECT_LT(counts[k], counts[k + 1]);
    for (std::size_t k = 3; k + 1 < counts.size(); ++k) EXPECT_GE(counts[k], counts[k + 1]);
    EXPECT_GE(counts.back(), 1u << 15);
  }
}

TEST(WorkQueue, RangesFitTheBatches) {
  for (const std::uint64_t count : cut(100, 2, 1, 7)) EXPECT_LE(count, 7u);
}

TEST(WorkQueue, EndsWithAStop) {
  RunControl control;
  WorkQueue work({{0, 100, nullptr}}, 2, 1, control);
  FlatRange range;
  EXPECT_TRUE(work.next(10, range));
  control.stop = true;
  EXPECT_FALSE(work.next(10, range));
  EXPECT_TRUE(work.is_over());
}

// A device that holds at most `room` sites at a time: which tasks ran, as first site and count.
struct NoRoom {};
std::vector<std::pair<std::size_t, std::size_t>> halved(std::size_t sites, std::size_t room,
                                                        std::size_t stop_at = ~std::size_t{0}) {
  std::vector<std::pair<std::size_t, std::size_t>> ran;
  LlcTask task;
  task.first_site = 10;
  task.site_count = sites;
  batches::run_with_halving<NoRoom>(task, [&](const LlcTask& part) {
    if (part.site_count > room) throw NoRoom{};
    ran.emplace_back(part.first_site, part.site_count);
    return ran.size() < stop_at;
  });
  return ran;
}

TEST(RunWithHalving, RunsEverySiteOnceInOrder) {
  using Ran = std::vector<std::pair<std::size_t, std::size_t>>;
  EXPECT_EQ(halved(5, 5), (Ran{{10, 5}}));
  EXPECT_EQ(halved(5, 2), (Ran{{10, 2}, {12, 1}, {13, 2}}));
  EXPECT_EQ(halved(3, 1), (Ran{{10, 1}, {11, 1}, {12, 1}}));
  EXPECT_EQ(halved(4, 2, 1), (Ran{{10, 2}}));  // stopped after the first half
  EXPECT_THROW(halved(4, 0), NoRoom);
}

TEST(BatchSizes, BlocksAreBoundedByTheirBytes) {
  TrainPlan plan = mixed_plan(Precision::float32);
  plan.count = 1'000'000;
  BatchSettings settings;
  EXPECT_LE(batches::largest_block_bytes(plan, settings), settings.block_bytes);
  EXPECT_LE(batches::staging_bytes(plan, settings), settings.block_bytes);
  EXPECT_GT(batches::block_members(plan, plan.cells[0], settings), 1000u);
  settings.block_bytes = 1;
  EXPECT_EQ(batches::block_members(plan, plan.cells[0], settings), 1u);
}

TEST(BatchSizes, LaunchesAreShortAndTakeAtLeastOneStep) {
  TrainPlan plan;
  plan.cells = {make_cell(Dataset::own, Batching::shuffle, 1000, 20, 100)};
  const BatchSettings settings;
  EXPECT_EQ(batches::steps_per_launch(plan, 1, settings), settings.steps_per_launch);
  EXPECT_EQ(batches::steps_per_launch(plan, 100'000, settings), 1000u);
  plan.cells[0].batch = 1u << 27;
  EXPECT_EQ(batches::steps_per_launch(plan, 100'000, settings), 1u);
}

TEST(BatchSizes, FewMembersShareADeviceInFewBatches) {
  TrainPlan plan = mixed_plan(Precision::float32);
  plan.cells.resize(1);
  for (const auto& [count, expected] :
       {std::pair{1u, 1u}, {20'000u, 1u}, {50'000u, 3u}, {1'000'000u, 4u}}) {
    plan.count = count;
    EXPECT_EQ(batches::batches_per_device(plan, 1, {}), expected) << count;
  }
  EXPECT_EQ(batches::batches_per_device(plan, 16, {}), 3u);
  EXPECT_EQ(batches::batches_per_device(plan, 64, {}), 1u);
}

TEST(BatchSizes, TheEstimateIsAnUpperBound) {
  for (const BatchSettings& settings : {BatchSettings{}, small_settings()}) {
    for (const int count : {1, 2}) {
      EmulatedDevices devices;
      devices.count = count;
      devices.settings = settings;
      const auto backend = make_emulated_backend(devices);
      const TrainPlan plan = mixed_plan(Precision::float64);
      run(*backend, plan);
      const std::uint64_t most = emulated_use().most_bytes;
      EXPECT_GE(backend->memory_estimate(plan), most);
      EXPECT_EQ(emulated_use().bytes, 0u);
    }
  }
}

TEST(GroupKinds, TakeTheLargestMinibatchOfEveryWayOfDrawing) {
  const TrainPlan plan = mixed_plan(Precision::float32);
  const auto all = batches::group_kinds(plan, {0, 21 * 17}, 5);
  ASSERT_EQ(all.size(), 5u);
  for (std::size_t k = 0; k < 4; ++k) EXPECT_EQ(all[k].batch, 130u);
  const auto some = batches::group_kinds(plan, {20, 2}, 5);
  ASSERT_EQ(some.size(), 1u);
  EXPECT_EQ(some[0].batch, 20u);
  EXPECT_EQ(some[0].scratch_bytes, 5u);
}

TEST(Transpose, OfWholeAndPartialTiles) {
  for (const std::size_t rows : {1u, 3u, 32u, 70u}) {
    for (const std::size_t columns : {1u, 31u, 64u, 65u}) {
      std::vector<float> from(rows * columns);
      std::vector<double> to(rows * columns, -1);
      for (std::size_t k = 0; k < from.size(); ++k) from[k] = static_cast<float>(k);
      batches::transpose(from.data(), rows, columns, to.data());
      for (std::size_t c = 0; c < columns; ++c) {
        for (std::size_t r = 0; r < rows; ++r) {
          ASSERT_EQ(to[c * rows + r], static_cast<double>(r * columns + c));
        }
      }
    }
  }
}

struct TooLarge {};

TEST(Halving, TriesSmallerCapacitiesDownToTheLeast) {
  const auto capacity_found = [](std::uint32_t capacity, std::uint32_t fits) {
    const std::uint32_t made =
        batches::make_with_halving<TooLarge>(capacity, 128, [&](std::uint32_t members) {
          if (members > fits) throw TooLarge{};
          return members;
        });
    EXPECT_EQ(made, capacity);
    return made;
  };
  EXPECT_EQ(capacity_found(1000, 1000), 1000u);
  EXPECT_EQ(capacity_found(1000, 999), 500u);
  EXPECT_EQ(capacity_found(1000, 130), 128u);
  EXPECT_EQ(capacity_found(50, 50), 50u);
  EXPECT_THROW(capacity_found(1000, 127), TooLarge);
  EXPECT_THROW(capacity_found(50, 49), TooLarge);
}

TEST(Halving, ABatchThatDoesNotFitBecomesSmaller) {
  const TrainPlan plan = mixed_plan(Precision::float32);
  const Collected expected = run(*make_emulated_backend({}), plan);
  EmulatedDevices devices;
  devices.settings.least_batch = 8;
  // Room for the data sets, and for the log of 280 of the 357 members: five records of 18
  // parameters.
  devices.largest_array = 280 * 5 * 18 * sizeof(float);
  devices.settings.block_bytes = 1000;
  EXPECT_EQ(run(*make_emulated_backend(devices), plan), expected);
  devices.settings.least_batch = 300;
  EXPECT_THROW(run(*make_emulated_backend(devices), plan), DeviceFailure);
}

TEST(Batches, LongLaunchesAreCutWithoutATrace) {
  const TrainPlan plan = mixed_plan(Precision::float32);
  EmulatedDevices devices;
  const Collected whole = run(*make_emulated_backend(devices), plan);
  const std::uint64_t launches = emulated_use().launches;
  devices.settings.steps_per_launch = 3;
  EXPECT_EQ(run(*make_emulated_backend(devices), plan), whole);
  EXPECT_GT(emulated_use().launches, 3 * launches);
}

TEST(Batches, AStopLeavesWhatIsDelivered) {
  const TrainPlan plan = mixed_plan(Precision::float32);
  EmulatedDevices devices;
  devices.settings = small_settings();
  const Collected all = run(*make_emulated_backend(devices), plan);
  RunControl control;
  StoppingSink sink(control);
  make_emulated_backend(devices)->train(plan, sink, control);
  EXPECT_GE(sink.members.size(), 1u);
  EXPECT_LT(sink.members.size(), all.size());
  for (const auto& [key, bytes] : sink.members) EXPECT_EQ(bytes, all.at(key));
}

}  // namespace
}  // namespace kgon::test
