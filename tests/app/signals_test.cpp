// SIGINT, SIGTERM and SIGHUP while the program works.
#include <gtest/gtest.h>

#include <chrono>
#include <csignal>
#include <thread>

#include "app/program.hpp"
#include "app/stop_signal.hpp"

namespace kgon::test {
namespace {

void pause_for(int milliseconds) {
  std::this_thread::sleep_for(std::chrono::milliseconds(milliseconds));
}

// Waits until the file is there; false after a minute.
bool appears(const fs::path& path) {
  for (int i = 0; i < 60000; ++i) {
    if (fs::exists(path)) return true;
    pause_for(1);
  }
  return false;
}

class Signals : public CommandLine {
 protected:
  // Without checkpoints, which have tests of their own.
  void expect_stopped(Arguments arguments, int signal) const {
    arguments.insert(arguments.end(), {"--checkpoint-every", "0"});
    const pid_t child = start(arguments);
    EXPECT_TRUE(appears(work_ / "x.nc.part"));
    pause_for(200);
    kill(child, signal);
    const auto begin = std::chrono::steady_clock::now();
    const Result result = finish(child);
    // A fraction of a second; the rest is for machines with other things to do.
    EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(10));
    EXPECT_EQ(result.status, 75) << result.err;
    EXPECT_NE(result.err.find("x.nc was not written"), std::string::npos) << result.err;
    EXPECT_TRUE(is_empty());
  }
};

TEST_F(Signals, StopARunAndLeaveNoFile) {
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) {
    expect_stopped({"train", "--device", "cpu", "--threads", "1", "--epochs", "1e6",
                    "--trajectories", "1000000", "--quiet", "-o", "x.nc"},
                   signal);
  }
}

TEST_F(Signals, StopARunThatLooksAtItsPhaseHardlyEver) {
  expect_stopped({"train", "--device", "cpu", "--threads", "1", "--epochs", "1e6", "--records", "2",
                  "--classify-every", "2000000000", "--quiet", "-o", "x.nc"},
                 SIGTERM);
}

// With a clock that never strikes it is the signal that makes the checkpoint.
TEST_F(Signals, WriteTheCheckpointThemselves) {
  const Arguments studies[] = {
      {"train", "--trajectories", "256", "--epochs", "1e6"},
      {"llc", "--at", "5", "--samples", "1000", "--draws", "100", "--thin", "100000"},
      {"sample", "--sampler", "tempering", "--samples", "100", "--rounds", "1000000"}};
  for (Arguments study : studies) {
    study.insert(study.end(), {"--device", "cpu", "--threads", "1", "--checkpoint-every", "3600",
                               "--resume", "-o", "x.nc"});
    for (const bool goes_on : {false, true}) {
      const pid_t child = start(study);
      EXPECT_TRUE(appears(work_ / "x.nc.part"));
      pause_for(1000);
      kill(child, SIGTERM);
      const Result result = finish(child);
      EXPECT_EQ(result.status, 75) << result.err;
      EXPECT_TRUE(fs::exists(work_ / "x.nc.checkpoint")) << study[0];
      double earlier = 0;
      const auto at = result.err.find("goes on after ");
      ASSERT_EQ(at != std::string::npos, goes_on) << result.err;
      if (goes_on) earlier = std::stod(result.err.substr(at + 14));
      EXPECT_EQ(earlier >= 0.5, goes_on) << study[0] << ": " << result.err;
    }
    for (const fs::path& file :
         {work_ / "x.nc.checkpoint", work_ / "x.nc.checkpoint.old", work_ / "x.nc.blocks"})
      fs::remove(file);
    EXPECT_TRUE(is_empty());
  }
}

// A pipe that nobody reads holds the program where it prints what it has done.
class FullPipe {
 public:
  FullPipe() {
    EXPECT_EQ(pipe(ends_), 0);
    fcntl(ends_[1], F_SETFL, O_NONBLOCK);
    const std::string bytes(1 << 16, 'x');
    while (::write(ends_[1], bytes.data(), bytes.size()) > 0 || ::write(ends_[1], "x", 1) > 0) {
    }
    fcntl(ends_[1], F_SETFL, 0);
  }
  ~FullPipe() { close(ends_[0]); }
  FullPipe(const FullPipe&) = delete;
  FullPipe& operator=(const FullPipe&) = delete;

  void become_stdout() const { dup2(ends_[1], 1); }
  // Until every writer has closed it.
  void drain() {
    close(ends_[1]);
    char bytes[4096];
    while (::read(ends_[0], bytes, sizeof bytes) > 0) {
    }
  }

 private:
  int ends_[2] = {-1, -1};
};

TEST_F(Signals, AfterTheLastStepChangeNothing) {
  write("s.toml", "device = \"cpu\"\n[train]\ntrajectories = 2\nepochs = 1\nrecords = 2\n");
  FullPipe pipe;
  const pid_t child = start({"run", "s.toml", "-o", "out"}, [&] { pipe.become_stdout(); });
  ASSERT_TRUE(appears(work_ / "out/train.nc"));
  kill(child, SIGHUP);
  pause_for(100);
  pipe.drain();
  const Result result = finish(child);
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_TRUE(fs::exists(work_ / "out/summary.json"));
  EXPECT_FALSE(fs::exists(work_ / "out/summary.json.part"));
}

TEST_F(Signals, StopAMergeAndLeaveNoFile) {
  // A few MB each, so that the signal comes in the middle.
  for (const char* shard : {"0/2", "1/2"}) {
    ASSERT_EQ(run({"train", "--device", "cpu", "--epochs", "1", "--samples", "200",
                   "--trajectories", "20000", "--records", "12", "--quiet", "--shard", shard, "-o",
                   std::string(1, shard[0]) + ".nc"})
                  .status,
              0);
  }
  const pid_t child = start({"merge", "0.nc", "1.nc", "-o", "m.nc"});
  ASSERT_TRUE(appears(work_ / "m.nc.part"));
  kill(child, SIGTERM);
  const Result result = finish(child);
  EXPECT_FALSE(fs::exists(work_ / "m.nc.part"));
  EXPECT_EQ(result.status, fs::exists(work_ / "m.nc") ? 0 : 75) << result.err;
}

TEST(StopOnSignal, TheFirstAsksAndTheSecondEnds) {
  for (const int first : {SIGINT, SIGTERM, SIGHUP}) {
    for (const int second : {SIGINT, SIGTERM, SIGHUP}) {
      EXPECT_EXIT(
          {
            StopOnSignal signals;
            raise(first);
            if (signals.control().stop) raise(second);
            _exit(0);
          },
          testing::KilledBySignal(second), "");
    }
  }
}

TEST(StopOnSignal, LeavesThingsAsTheyWere) {
  EXPECT_EXIT(
      {
        { const StopOnSignal signals; }
        raise(SIGTERM);
        _exit(0);
      },
      testing::KilledBySignal(SIGTERM), "");
  EXPECT_EXIT(
      {
        std::signal(SIGHUP, SIG_IGN);
        StopOnSignal signals;
        raise(SIGHUP);
        _exit(signals.control().stop ? 1 : 0);
      },
      testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace kgon::test
