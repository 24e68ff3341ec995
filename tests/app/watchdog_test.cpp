// A device that hangs ends the run; whatever else takes long does not.
#include "app/watchdog.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <thread>

namespace kgon {
namespace {

using std::chrono::milliseconds;

constexpr double short_time = 0.04;  // seconds

// How often the watchdog of a run barks while `work` goes on.
template <class Work>
int barks_during(double seconds, RunControl& control, const Work& work) {
  std::atomic<int> barks{0};
  {
    const Watchdog watchdog(control, seconds, [&] { ++barks; });
    work();
  }
  return barks;
}

void sleep_long() {
  std::this_thread::sleep_for(milliseconds(300));
}

TEST(Watchdog, BarksOnceWhereADeviceHangs) {
  RunControl control;
  control.member_steps = 1000;
  const DeviceWait hangs(control);
  EXPECT_EQ(barks_during(short_time, control, sleep_long), 1);
}

TEST(Watchdog, BarksWhereOneOfTwoDevicesHangsWhenTheOtherIsDone) {
  RunControl control;
  const DeviceWait hangs(control);
  EXPECT_EQ(barks_during(short_time, control,
                         [&] {
                           for (int k = 0; k < 3; ++k) const DeviceWait other(control);
                           sleep_long();
                         }),
            1);
}

TEST(Watchdog, LetsTheHostTakeItsTime) {
  RunControl control;
  { const DeviceWait is_over(control); }
  EXPECT_EQ(barks_during(short_time, control, sleep_long), 0);
}

TEST(Watchdog, LetsADeviceWorkThatMakesProgress) {
  constexpr double time = 1.0;
  for (const bool with_steps : {true, false}) {
    RunControl control;
    const DeviceWait launch_after_launch(control);
    EXPECT_EQ(barks_during(time, control,
                           [&] {
                             for (int k = 0; k < 60; ++k) {
                               std::this_thread::sleep_for(milliseconds(25));
                               if (with_steps) control.member_steps += 10;
                               if (!with_steps) const DeviceWait other(control);
                             }
                           }),
              0);
  }
}

TEST(Watchdog, IsAsleepWithoutSeconds) {
  RunControl control;
  const DeviceWait hangs(control);
  EXPECT_EQ(barks_during(0, control, sleep_long), 0);
}

// In a folder of its own, which goes.
class HungRunTest : public testing::Test {
 protected:
  HungRunTest() { std::filesystem::create_directory(folder_); }
  ~HungRunTest() override { std::filesystem::remove_all(folder_); }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / ("hung" + std::to_string(::getpid()));
  HungRun run_{(folder_ / "x.nc").string(), "cuda:0 (a GPU)", 600};
};

TEST_F(HungRunTest, KeepsWhatThereIsAndEndsTheProcess) {
  run_.write = [this] { std::ofstream(run_.output + ".checkpoint") << "states"; };
  EXPECT_EXIT(end_hung_run(run_), testing::ExitedWithCode(70),
              "^kgon: no progress for 600 s on cuda:0 \\(a GPU\\); the checkpoint of .*x.nc is "
              "whole: the same command with --resume goes on\n$");
}

TEST_F(HungRunTest, EndsTheProcessWhereTheCheckpointHangsToo) {
  run_.longest_write = 0.05;
  run_.write = [] { std::this_thread::sleep_for(std::chrono::hours(1)); };
  EXPECT_EXIT(end_hung_run(run_), testing::ExitedWithCode(70), "x.nc was not written\n$");
}

TEST_F(HungRunTest, EndsTheProcessWithoutACheckpoint) {
  EXPECT_EXIT(end_hung_run(run_), testing::ExitedWithCode(70), "x.nc was not written\n$");
}

}  // namespace
}  // namespace kgon
