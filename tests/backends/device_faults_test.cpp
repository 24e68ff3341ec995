// Devices that run out of memory or fail, at every place where they can.
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "backends/conformance.hpp"
#include "backends/emulated_backend.hpp"
#include "backends/resuming_sink.hpp"

namespace kgon::test {
namespace {

void expect_says(const std::string& sentence, const std::string& part) {
  EXPECT_NE(sentence.find(part), std::string::npos) << sentence;
}

// So small that it can be run hundreds of times: several batches of every kind of data.
TrainPlan small_plan() {
  TrainPlan plan;
  plan.trajectories = plan.count = 12;
  plan.levels = tms::phase_levels(6);
  plan.cells.push_back(make_cell(Dataset::own, Batching::shuffle, 37, 7, 41));
  plan.cells.push_back(make_cell(Dataset::shared, Batching::replacement, 37, 7, 23));
  plan.cells.push_back(make_cell(Dataset::population, Batching::shuffle, 1, 1, 60));
  return plan;
}

EmulatedDevices small_devices(int count) {
  EmulatedDevices devices;
  devices.count = count;
  devices.settings = small_settings();
  devices.settings.steps_per_launch = 10;
  devices.settings.least_batch = 2;
  return devices;
}

// The sentence of a run that ended in a failure; nothing where it came to its end.
std::optional<std::string> failure_of(Backend& backend, const TrainPlan& plan, TrainSink& sink,
                                      RunControl& control) {
  try {
    backend.train(plan, sink, control);
    return std::nullopt;
  } catch (const DeviceFailure& failure) {
    return failure.what();
  }
}

// Goes on on sound devices.
void expect_resumed(const TrainPlan& plan, ResumingSink& sink, const Collected& expected) {
  sink.begin_next();
  RunControl control;
  make_emulated_backend(small_devices(2))->train(plan, sink, control);
  EXPECT_EQ(sink.duplicates, 0);
  EXPECT_EQ(sink.members, expected);
}

// A run whose k-th allocation fails, and all the others too where `stays`.
struct MemoryTrial {
  std::optional<std::string> failure;
  bool came = false;  // the fault
};
MemoryTrial without_memory(std::uint64_t k, bool stays, int count, const TrainPlan& plan,
                           const Collected& expected) {
  EmulatedDevices devices = small_devices(count);
  // Of several batches some may find nothing left to do, and allocate nothing.
  if (count == 1) devices.settings.batches_per_device = 1;
  devices.faults.allocation = k;
  devices.faults.memory_stays_full = stays;
  ResumingSink sink(plan);
  RunControl control;
  MemoryTrial trial;
  trial.failure = failure_of(*make_emulated_backend(devices), plan, sink, control);
  trial.came = emulated_use().has_failed;
  EXPECT_EQ(emulated_use().bytes, 0u) << "memory that was not given back";
  if (trial.failure)
    expect_resumed(plan, sink, expected);
  else
    EXPECT_EQ(sink.members, expected);
  return trial;
}

TEST(DeviceFaults, ABatchWithoutMemoryIsMadeSmallerWhateverAllocationFails) {
  const TrainPlan plan = small_plan();
  const Collected expected = run(*make_emulated_backend(small_devices(1)), plan);
  for (const int count : {1, 2}) {
    std::uint64_t k = 1, survived = 0;
    for (;; ++k) {
      const MemoryTrial trial = without_memory(k, false, count, plan, expected);
      if (!trial.came) break;
      if (trial.failure) expect_says(*trial.failure, "not enough memory for the 3 cells");
      survived += trial.failure ? 0 : 1;
    }
    // Thirteen arrays of the cells, then those of the batch.
    if (count > 1) continue;
    EXPECT_GT(survived, 15u);
    EXPECT_GT(k, 30u);
  }
}

TEST(DeviceFaults, WithoutMemoryFromAnyAllocationOnARunEndsWithASentence) {
  const TrainPlan plan = small_plan();
  const Collected expected = run(*make_emulated_backend(small_devices(1)), plan);
  for (std::uint64_t k = 1;; ++k) {
    const MemoryTrial trial = without_memory(k, true, 1, plan, expected);
    if (!trial.came) break;
    ASSERT_TRUE(trial.failure) << k;
    expect_says(*trial.failure, "not enough memory for");
    expect_says(*trial.failure, "no memory is left");
  }
}

// A run of `count` devices the k-th launch of one of which fails, then another on sound devices.
// False where there was no such launch.
bool loses_device(std::uint64_t k, int count, int device, const TrainPlan& plan,
                  const Collected& expected, std::size_t& states) {
  EmulatedDevices devices = small_devices(count);
  devices.faults.launch = k;
  devices.faults.device = device;
  RunControl control;
  devices.before_launch = [&] { ++control.state_requests; };
  ResumingSink sink(plan);
  const auto failure = failure_of(*make_emulated_backend(devices), plan, sink, control);
  if (!emulated_use().has_failed) {
    EXPECT_FALSE(failure);
    EXPECT_EQ(sink.members, expected);
    return false;
  }
  EXPECT_EQ(failure, lost_device_sentence) << k;
  // The other batches of the device look up before their next stop: no more than the launches up to
  // there. Sound devices go on until the thread that failed has had its turn.
  if (count == 1) {
    EXPECT_LE(emulated_use().launches_after_that, 4 * devices.settings.batches_per_device) << k;
  }
  states += sink.begin_next();
  expect_resumed(plan, sink, expected);
  return true;
}

TEST(DeviceFaults, AFailedLaunchEndsTheRunAtOnceAndTheNextOneGoesOn) {
  const TrainPlan plan = small_plan();
  const Collected expected = run(*make_emulated_backend(small_devices(1)), plan);
  std::size_t states = 0;
  std::uint64_t k = 1;
  while (loses_device(k, 1, 0, plan, expected, states)) ++k;
  EXPECT_GT(k, 40u);
  EXPECT_GT(states, 100u) << "hardly a member went on from its middle";
}

TEST(DeviceFaults, OneOfSeveralDevicesEndsTheRun) {
  const TrainPlan plan = small_plan();
  const Collected expected = run(*make_emulated_backend(small_devices(1)), plan);
  for (const auto& [count, device] : {std::pair{2, 1}, {3, 0}, {3, 2}, {5, 4}}) {
    std::size_t states = 0;
    for (std::uint64_t k = 1; k < 40; k += 3)
      loses_device(k, count, device, plan, expected, states);
  }
}

TEST(DeviceFaults, AnyNumberOfSoundDevicesHasTheSameBits) {
  const TrainPlan plan = mixed_plan(Precision::float32);
  const Collected expected = run(*make_emulated_backend({}), plan);
  for (const int count : {1, 2, 3, 5})
    EXPECT_EQ(run(*make_emulated_backend(small_devices(count)), plan), expected) << count;
}

}  // namespace
}  // namespace kgon::test
