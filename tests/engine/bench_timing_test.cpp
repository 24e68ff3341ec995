// How `kgon bench` times: with a clock of the test's own, in which a step of a member takes as long
// as the case says.
#include "engine/bench_timing.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "support/faulty_backend.hpp"

namespace kgon::test {
namespace {

class BenchTiming : public testing::Test {
 protected:
  // A case whose runs take `seconds` for each unit of work, on the test's clock.
  BenchCase make_case(const std::string& name, double seconds, std::uint64_t size = 1,
                      std::uint64_t least = 1, bool can_grow = true) {
    BenchCase bench;
    bench.name = name;
    bench.size = size;
    bench.least_amount = least;
    bench.can_grow = can_grow;
    bench.run = [=, this](Backend&, std::uint64_t amount, RunControl&) {
      log_ += name;
      const double units = static_cast<double>(amount * size);
      clock_ += seconds * units * slowness_;
      return [units] { return BenchCount{units, 0.5, 1.25}; };
    };
    return bench;
  }

  std::vector<TimedCase> time(std::vector<BenchCase> cases, const TimingSettings& settings) {
    TimingHooks hooks;
    hooks.now = [this] { return clock_; };
    hooks.before_repeat = [this] {
      log_ += "|";
      if (!slownesses_.empty()) {
        slowness_ = slownesses_.back();
        slownesses_.pop_back();
      }
    };
    hooks.after_run = [this](std::size_t done, std::size_t all) {
      done_ = done;
      all_ = all;
    };
    return time_cases(std::move(cases), backend_, settings, hooks, control_);
  }

  std::unique_ptr<Backend> sound_ = make_backend({"cpu", 1, ""}, nullptr);
  FaultyBackend backend_{*sound_, {}};
  RunControl control_;
  double clock_ = 0, slowness_ = 1;
  std::vector<double> slownesses_;  // of the repeats, the last first
  std::string log_;
  std::size_t done_ = 0, all_ = 0;
};

TEST_F(BenchTiming, RepeatsAreInterleaved) {
  const auto timed = time({make_case("a", 1), make_case("b", 1)}, {3, 0.5});
  EXPECT_EQ(log_, "ab|ab|ab|ab");
  EXPECT_EQ(timed[0].rates.size(), 3u);
  EXPECT_EQ(done_, 6u);
  EXPECT_EQ(all_, 6u);
}

TEST_F(BenchTiming, RunsGrowUntilTheyFillARepeat) {
  const auto timed = time({make_case("a", 0.001, 10, 2)}, {2, 1.0});
  EXPECT_NEAR(static_cast<double>(timed[0].amount), 110, 1);
  EXPECT_NEAR(timed[0].rate().median, 1000, 1e-6);
  EXPECT_NEAR(timed[0].seconds, 1.1, 0.02);
  EXPECT_EQ(log_, "aa|a|a");
}

TEST_F(BenchTiming, RunsThatCannotGrowAreRunAgain) {
  const auto timed = time({make_case("a", 0.3, 1, 1, false)}, {1, 1.0});
  EXPECT_EQ(log_, "aa|aaaa");
  EXPECT_NEAR(timed[0].seconds, 1.2, 1e-9);
  EXPECT_EQ(timed[0].part_after_warmup, 0.5);
  EXPECT_EQ(timed[0].rhat, 1.25);
  EXPECT_FALSE(is_mixed(timed[0]));
}

TEST_F(BenchTiming, AMedianForgetsASlowRepeat) {
  slownesses_ = {1, 1, 10, 1, 1};
  const auto timed = time({make_case("a", 1)}, {5, 0.5});
  EXPECT_NEAR(timed[0].rate().median, 1, 1e-9);
  EXPECT_NEAR(timed[0].rate().lowest, 0.1, 1e-9);
  EXPECT_NEAR(timed[0].rate().highest, 1, 1e-9);
}

TEST_F(BenchTiming, SizesThatWouldTakeTooLongAreLeftOut) {
  const auto timed = time({make_case("a", 0.1, 10), make_case("a", 0.1, 19),
                           make_case("a", 0.1, 21), make_case("a", 0.1, 22), make_case("b", 9, 30)},
                          {1, 0.1, 2.0});
  EXPECT_EQ(log_, "aab|aab");
  const std::vector<bool> expected{false, false, true, true, false};
  for (std::size_t k = 0; k < expected.size(); ++k) EXPECT_EQ(timed[k].is_left_out, expected[k]);
  EXPECT_NEAR(timed[2].seconds, 2.1, 1e-9);
  EXPECT_TRUE(timed[2].rates.empty());
}

TEST_F(BenchTiming, StopsWhenItIsTold) {
  BenchCase bench = make_case("a", 1);
  int runs = 0;
  bench.run = [&, run = bench.run](Backend& backend, std::uint64_t amount, RunControl& control) {
    if (++runs == 3) control.stop = true;
    return run(backend, amount, control);
  };
  const auto timed = time({bench, make_case("b", 1)}, {5, 0.5});
  EXPECT_EQ(log_, "ab|ab|a");
  EXPECT_EQ(timed[0].rates.size(), 1u);
}

TEST(Spread, MedianOfEvenAndOddNumbers) {
  EXPECT_EQ(spread_of({3, 1, 2}).median, 2);
  EXPECT_EQ(spread_of({4, 1, 2, 3}).median, 2.5);
  EXPECT_EQ(spread_of({}).median, 0);
}

}  // namespace
}  // namespace kgon::test
