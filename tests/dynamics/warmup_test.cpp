#include "kgon/dynamics/warmup.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "support/emulated_nuts.hpp"
#include "support/two_wells.hpp"
#include "support/word_source.hpp"
#include "support/worse.hpp"

namespace kgon {
namespace {

using Steps = std::vector<std::uint32_t>;

// Where the slow part begins and where its windows end.
Steps boundaries(std::uint32_t steps) {
  const WarmupSchedule schedule = warmup_schedule(steps, 0.8);
  Steps all{schedule.first};
  all.insert(all.end(), schedule.ends, schedule.ends + schedule.windows);
  return all;
}

// The default of Stan, drawn in its reference manual.
TEST(WarmupSchedule, OfAThousandSteps) {
  EXPECT_EQ(boundaries(1000), (Steps{75, 100, 150, 250, 450, 950}));
}

// After 75, 25, 50 and 100 steps the 200 left are the next window; 400 more would not fit behind.
TEST(WarmupSchedule, OfFiveHundredSteps) {
  EXPECT_EQ(boundaries(500), (Steps{75, 100, 150, 250, 450}));
}

// A window that would leave less than its double behind takes what is left.
TEST(WarmupSchedule, WindowsTakeWhatTheNextOneCouldNotUse) {
  EXPECT_EQ(boundaries(150), (Steps{75, 100}));
  EXPECT_EQ(boundaries(199), (Steps{75, 149}));
  EXPECT_EQ(boundaries(200), (Steps{75, 100, 150}));
  EXPECT_EQ(boundaries(499), (Steps{75, 100, 150, 449}));
}

// 15 %, the rest and 10 %.
TEST(WarmupSchedule, OfFewSteps) {
  EXPECT_EQ(boundaries(149), (Steps{22, 135}));
  EXPECT_EQ(boundaries(100), (Steps{15, 90}));
  EXPECT_EQ(boundaries(20), (Steps{3, 18}));
}

TEST(WarmupSchedule, OfTooFewStepsHasNoWindow) {
  for (const std::uint32_t steps : {19u, 1u, 0u}) {
    const WarmupSchedule schedule = warmup_schedule(steps, 0.8);
    EXPECT_EQ(schedule.windows, 0);
    EXPECT_EQ(schedule.first, steps);
    EXPECT_EQ(schedule.steps, steps);
  }
}

void expect_sound(std::uint32_t steps) {
  SCOPED_TRACE(steps);
  const WarmupSchedule schedule = warmup_schedule(steps, 0.7);
  EXPECT_EQ(schedule.steps, steps);
  EXPECT_EQ(schedule.target, 0.7);
  if (steps < 20) return;
  ASSERT_GE(schedule.windows, 1);
  ASSERT_LE(schedule.windows, max_warmup_windows);
  const std::uint32_t after = steps < 150 ? steps / 10 : 50;
  EXPECT_EQ(schedule.first, steps < 150 ? steps * 15 / 100 : 75);
  EXPECT_EQ(schedule.ends[schedule.windows - 1], steps - after);
  std::uint32_t from = schedule.first, shortest = steps < 150 ? 2 : 25;
  for (int window = 0; window < schedule.windows; ++window) {
    ASSERT_GE(schedule.ends[window], from + shortest);
    shortest = schedule.ends[window] - from;  // no window is shorter than the one before
    from = schedule.ends[window];
  }
}

// A million is the most that `warmup` takes.
TEST(WarmupSchedule, IsSoundForEveryNumberOfSteps) {
  for (std::uint32_t steps = 0; steps <= 5000; ++steps) expect_sound(steps);
  for (const std::uint32_t steps : {65536u, 409675u, 999999u, 1000000u}) expect_sound(steps);
}

// Hoffman and Gelman (2014), algorithm 5, in their letters.
struct DualAveraging {
  double target, mu, bar_h = 0, log_epsilon = 0, bar_log_epsilon = 0;

  void update(int m, double alpha) {
    constexpr double gamma = 0.05, t_0 = 10, kappa = 0.75;
    bar_h = (1 - 1 / (m + t_0)) * bar_h + (target - alpha) / (m + t_0);
    log_epsilon = mu - std::sqrt(static_cast<double>(m)) / gamma * bar_h;
    const double eta = std::pow(m, -kappa);
    bar_log_epsilon = eta * log_epsilon + (1 - eta) * bar_log_epsilon;
  }
};

// The same sums in another order: roundoff of 1e-16 in each of 1,000 average errors, some of which
// cancels, times sqrt(1000) / gamma = 632.
constexpr double same_sum = 1e-11;

TEST(StepSizeState, IsThePapersDualAveraging) {
  test::WordSource source(1);
  for (const double target : {0.6, 0.8, 0.95}) {
    const double first = std::log(0.03);
    DualAveraging paper{target, std::log(10 * 0.03)};
    StepSizeState state;
    restart(state, first);
    EXPECT_EQ(state.log_step, first);
    for (int m = 1; m <= 1000; ++m) {
      const double alpha = source.uniform();
      paper.update(m, alpha);
      adapt(state, target, alpha);
      ASSERT_NEAR(state.log_step, paper.log_epsilon, same_sum) << m;
      ASSERT_NEAR(state.mean_log_step, paper.bar_log_epsilon, same_sum) << m;
    }
  }
}

TEST(StepSizeState, RestartsWithoutMemory) {
  test::WordSource source(1);
  StepSizeState used, fresh;
  restart(used, 0.5);
  for (int m = 0; m < 50; ++m) adapt(used, 0.8, source.uniform());
  restart(used, -2);
  restart(fresh, -2);
  for (const double alpha : {0.9, 0.1, 1.0}) {
    adapt(used, 0.8, alpha);
    adapt(fresh, 0.8, alpha);
    EXPECT_EQ(used.log_step, fresh.log_step);
    EXPECT_EQ(used.mean_log_step, fresh.mean_log_step);
  }
}

// Where acceptance falls with the step size as exp(-step), the mean step comes to have the target.
TEST(StepSizeState, FindsTheTarget) {
  StepSizeState state;
  restart(state, std::log(1e-3));
  for (int m = 0; m < 1000; ++m) adapt(state, 0.8, std::exp(-std::exp(state.log_step)));
  EXPECT_NEAR(std::exp(-std::exp(state.mean_log_step)), 0.8, 0.01);
}

constexpr int entries = 5, neighbours = 3, rows = 4, row = 1, result_row = 3;

// The points of chain c, around a mean that is far from 0 in units of their spread.
std::vector<double> points_of(int c, int count) {
  test::WordSource source(static_cast<std::uint32_t>(c + 1));
  std::vector<double> points;
  for (int k = 0; k < count; ++k)
    for (int p = 0; p < entries; ++p) points.push_back(10 * p + (p + 1) * source.normal());
  return points;
}

// Of entry p of points of `size` entries.
double shrunk_variance(const std::vector<double>& points, std::size_t p, std::size_t size) {
  const auto n = static_cast<double>(points.size() / size);
  double mean = 0, squares = 0;
  for (std::size_t at = p; at < points.size(); at += size) mean += points[at] / n;
  for (std::size_t at = p; at < points.size(); at += size)
    squares += (points[at] - mean) * (points[at] - mean);
  return n / (n + 5) * squares / (n - 1) + 1e-3 * 5 / (n + 5);
}

template <class Real>
struct FarPoint {
  const double* from;
  Real value(int p) const { return static_cast<Real>(from[p]); }
};

// The largest relative error of the variances of `count` points of each of neighbouring chains.
template <class Real>
double worst_variance(int count) {
  std::vector<Real> memory(static_cast<std::size_t>(rows * entries * neighbours), Real(7));
  double farthest = 0;
  for (int c = 0; c < neighbours; ++c) {
    const ChainColumns<Real, entries> columns{memory.data() + c, neighbours};
    WarmupVariances<Real, entries> variances{columns, row};
    const std::vector<double> points = points_of(c, count);
    variances.clear();
    for (int k = 0; k < count; ++k)
      variances.add(static_cast<std::uint32_t>(k), FarPoint<Real>{points.data() + k * entries});
    variances.finish(static_cast<std::uint32_t>(count), result_row);
  }
  for (int c = 0; c < neighbours; ++c) {
    const ChainColumns<Real, entries> columns{memory.data() + c, neighbours};
    const std::vector<double> points = points_of(c, count);
    for (int p = 0; p < entries; ++p) {
      const double variance = static_cast<double>(columns.value(result_row, p));
      farthest = test::worse(
          farthest, variance / shrunk_variance(points, static_cast<std::size_t>(p), entries) - 1);
      EXPECT_EQ(columns.value(0, p), Real(7));  // the row before them stays
    }
  }
  return std::abs(farthest);
}

// Roundoff: points are up to 40 spreads from 0, and so many more digits are lost of a single
// difference; over n points these errors do not grow in relation to the sum.
TEST(WarmupVariances, AreThoseOfTwoPassesShrunk) {
  for (const int count : {2, 3, 25, 1000}) {
    EXPECT_LT(worst_variance<double>(count), 1e-12) << count;
    EXPECT_LT(worst_variance<float>(count), 1e-4) << count;
  }
}

// A chain of several whose leapfrogs are taken one by one.
class WatchedChain : test::EmulatedNutsRunner<test::StretchedWell, double, false> {
 public:
  static constexpr std::uint32_t slot = 1, chains = 3;
  static constexpr std::size_t parameters = test::StretchedWell::parameters;

  explicit WatchedChain(const NutsSettings& settings) {
    start({settings, chains}, std::vector<double>(chains * parameters));
  }
  void step() {
    double scratch[3 * parameters];
    const AdvanceNuts<test::StretchedWell, double, LossSource::population> advance{group_};
    for (const std::uint64_t now = state().step; state().step == now;)
      advance(slot, 1, {scratch, 1});
  }
  const NutsState& state() const { return group_.states[slot]; }
  std::vector<double> row(int row) const {
    std::vector<double> values;
    for (std::size_t p = 0; p < parameters; ++p)
      values.push_back(group_.columns_of(slot).value(row, static_cast<int>(p)));
    return values;
  }
};

// What the step size and the metric of a chain should be, from what is seen of its steps.
struct ExpectedWarmup {
  std::vector<double> inverse_mass = std::vector<double>(WatchedChain::parameters, 1.0);
  std::vector<double> window;  // its points so far
  DualAveraging dual;
  int updates = 0;
  double step_size = 0;

  // After step t of 200: windows are 75..99 and 100..149, the rest is the step size's alone.
  void see(std::uint32_t t, double acceptance, const std::vector<double>& point) {
    dual.update(++updates, acceptance);
    step_size = std::exp(t == 199 ? dual.bar_log_epsilon : dual.log_epsilon);
    if (t >= 75 && t < 150) window.insert(window.end(), point.begin(), point.end());
    if (t != 99 && t != 149) return;
    for (std::size_t p = 0; p < point.size(); ++p)
      inverse_mass[p] = shrunk_variance(window, p, point.size());
    window.clear();
    dual = {dual.target, std::log(10 * step_size)};
    updates = 0;
  }
};

TEST(Warmup, OfAChain) {
  NutsSettings settings{1, 20, 1, 0.02, warmup_schedule(200, 0.8), 10, 5, 1};
  WatchedChain chain(settings);
  ExpectedWarmup expected;
  expected.dual = {0.8, std::log(10 * 0.02)};
  for (std::uint32_t t = 0; t < 205; ++t) {
    chain.step();
    const NutsState& state = chain.state();
    if (t < 200)
      expected.see(t, state.tree.acceptance_sum / state.tree.leapfrogs, chain.row(NutsRow::moving));
    ASSERT_NEAR(state.step_size / expected.step_size, 1, same_sum) << t;
    const auto metric = chain.row(NutsRow::inverse_mass);
    for (std::size_t p = 0; p < metric.size(); ++p)
      ASSERT_NEAR(metric[p] / expected.inverse_mass[p], 1, same_sum) << t;
  }
}

}  // namespace
}  // namespace kgon
