// How a chain of the no-U-turn sampler finds its step size and its diagonal metric while it warms
// up: dual averaging (Hoffman and Gelman 2014, section 3.2) and variances over windows that double
// (Stan Reference Manual, "HMC algorithm parameters"), as NumPyro does it by default: step sizes go
// on from where they are after each window.
#pragma once

#include "kgon/dynamics/chain_columns.hpp"
#include "kgon/math/elementary.hpp"
#include "kgon/math/exponential.hpp"

namespace kgon {

inline constexpr int max_warmup_windows = 24;

// Windows are the steps first..ends[0]-1, ends[0]..ends[1]-1 and so on; before the first and after
// the last the step size alone adapts.
struct WarmupSchedule {
  std::uint32_t steps;
  std::uint32_t first;
  std::int32_t windows;
  std::uint32_t ends[max_warmup_windows];
  double target;  // of the mean acceptance
};

// NumPyro's (build_adaptation_schedule): 75 steps, windows from 25 on, 50 steps; in a short warm-up
// 15 %, the rest, 10 %, and below 20 steps no window. Stan's differ from 151 to 199 steps alone.
KGON_FUNCTION constexpr WarmupSchedule warmup_schedule(std::uint32_t steps, double target) {
  WarmupSchedule schedule{steps, steps, 0, {}, target};
  if (steps < 20) return schedule;
  std::uint32_t before = 75, size = 25, after = 50;
  if (before + size + after > steps) {
    before = steps * 15 / 100;
    after = steps / 10;
    size = steps - before - after;
  }
  schedule.first = before;
  const std::uint32_t last = steps - after;
  for (std::uint32_t from = before; from < last; size *= 2) {
    // The next one would not fit behind: this one takes what is left.
    const std::uint32_t to = 3ull * size <= last - from ? from + size : last;
    schedule.ends[schedule.windows++] = to;
    from = to;
  }
  return schedule;
}

// The step size of one chain.
struct StepSizeState {
  double log_step, mean_log_step;
  double center;         // log_step is pulled there
  double average_error;  // of target - acceptance, weighted
  std::uint32_t updates;
};

KGON_FUNCTION void restart(StepSizeState& state, double log_step) {
  state = {log_step, 0, log_step + 2.30258509299404568402, 0, 0};  // ten times as long
}

KGON_FUNCTION void adapt(StepSizeState& state, double target, double acceptance) {
  constexpr double pull = 0.05, delay = 10, forgetting = 0.75;
  const double t = ++state.updates;
  const double part = 1 / (t + delay);
  state.average_error = (1 - part) * state.average_error + part * (target - acceptance);
  state.log_step = state.center - square_root(t) / pull * state.average_error;
  const double weight = exponential(-forgetting * natural_log(t));
  state.mean_log_step = weight * state.log_step + (1 - weight) * state.mean_log_step;
}

// Running means and sums of squares (Welford) of a window's points, in two rows from `row`.
template <class Real, int P>
struct WarmupVariances {
  ChainColumns<Real, P> columns;
  int row;

  KGON_FUNCTION void clear() {
    KGON_NO_UNROLL
    for (int k = 0; k < 2 * P; ++k) columns.set(row, k, Real(0));
  }
  // points: those before this one. point: P entries.
  template <class Point>
  KGON_FUNCTION void add(std::uint32_t points, const Point& point) {
    const Real part = Real(1) / static_cast<Real>(points + 1);
    KGON_NO_UNROLL
    for (int p = 0; p < P; ++p) {
      const Real x = point.value(p), mean = columns.value(row, p);
      const Real next = fma(x - mean, part, mean);
      columns.set(row, p, next);
      columns.set(row + 1, p, fma(x - mean, x - next, columns.value(row + 1, p)));
    }
  }
  // Variances of 2 points or more, shrunk towards 1e-3, to the row `inverse_mass`.
  KGON_FUNCTION void finish(std::uint32_t points, int inverse_mass) {
    const Real n = static_cast<Real>(points);
    const Real scale = n / ((n + Real(5)) * (n - Real(1))), floor = Real(5e-3) / (n + Real(5));
    KGON_NO_UNROLL
    for (int p = 0; p < P; ++p)
      columns.set(inverse_mass, p, fma(scale, columns.value(row + 1, p), floor));
  }
};

}  // namespace kgon
