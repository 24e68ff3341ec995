// Times the cases of `kgon bench` fairly on a machine that others use too: repeats are interleaved,
// so that a slow minute falls on all cases alike, and medians stand beside the extremes.
#pragma once

#include <functional>
#include <vector>

#include "engine/bench_case.hpp"

namespace kgon {

struct TimingSettings {
  std::uint32_t repeats = 5;
  double seconds = 0.2;  // of a repeat, at least
  // A case whose shortest run would take longer, as its smaller sizes predict, is left out.
  double most_seconds = std::numeric_limits<double>::infinity();
};

// Of the repeats.
struct Spread {
  double median = 0, lowest = 0, highest = 0;
};
Spread spread_of(std::vector<double> values);

struct TimedCase {
  BenchCase bench;
  std::uint64_t amount = 0;   // of a run, see BenchCase::least_amount
  bool is_left_out = false;   // then nothing below is known, and `seconds` is the prediction
  double seconds = 0;         // median over the repeats
  std::vector<double> rates;  // units per second, one for each repeat
  double part_after_warmup = 1, rhat = std::numeric_limits<double>::quiet_NaN();

  Spread rate() const { return spread_of(rates); }
};

// Effective samples mean something below this R-hat; true of what has none.
inline constexpr double most_bench_rhat = 1.05;
bool is_mixed(const TimedCase& timed);

// What happens around the runs; any may be empty.
struct TimingHooks {
  std::function<double()> now;          // seconds; empty: the steady clock
  std::function<void()> before_repeat;  // of all cases
  std::function<void(std::size_t done, std::size_t all)> after_run;  // repeats of cases
};

// Runs every case once or twice to see how much work fills a repeat, then all of them repeat by
// repeat. Returns them in their order; early, with what there is, once control.stop is set.
std::vector<TimedCase> time_cases(std::vector<BenchCase> cases, Backend& backend,
                                  const TimingSettings& settings, const TimingHooks& hooks,
                                  RunControl& control);

}  // namespace kgon
