#include "engine/bench_timing.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <utility>

namespace kgon {
namespace {

double steady_seconds() {
  return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
}

class Timer {
 public:
  Timer(Backend& backend, const TimingSettings& settings, const TimingHooks& hooks,
        RunControl& control)
      : backend_(backend), settings_(settings), hooks_(hooks), control_(control) {}

  // Until the repeats, `seconds` is that of the shortest run, measured or predicted. `smaller`: the
  // same workload at the size before, or null.
  void calibrate(TimedCase& timed, const TimedCase* smaller) {
    const BenchCase& bench = timed.bench;
    timed.amount = bench.least_amount;
    if (smaller != nullptr) {
      timed.seconds = smaller->seconds * static_cast<double>(bench.size) /
                      static_cast<double>(smaller->bench.size);
      timed.is_left_out = smaller->is_left_out || timed.seconds > settings_.most_seconds;
      if (timed.is_left_out) return;
    }
    timed.seconds = run(timed).seconds;
    // The first run of all loads code and wakes threads.
    if (timed.seconds < settings_.seconds) timed.seconds = run(timed).seconds;
    if (!bench.can_grow || control_.stop) return;
    const double factor = 1.1 * settings_.seconds / std::max(timed.seconds, 1e-6);
    if (factor > 1)
      timed.amount =
          static_cast<std::uint64_t>(std::ceil(static_cast<double>(bench.least_amount) * factor));
  }

  // Runs until the repeat is long enough.
  void repeat(TimedCase& timed, std::vector<double>& elapsed) {
    double units = 0, seconds = 0;
    do {
      const Run one = run(timed);
      if (control_.stop) return;
      const BenchCount count = one.count();
      units += count.units;
      seconds += one.seconds;
      timed.part_after_warmup = count.part_after_warmup;
      timed.rhat = count.rhat;
    } while (seconds < settings_.seconds);
    timed.rates.push_back(units / seconds);
    elapsed.push_back(seconds);
  }

 private:
  struct Run {
    double seconds = 0;
    std::function<BenchCount()> count;
  };

  Run run(const TimedCase& timed) {
    const double start = now();
    Run done;
    done.count = timed.bench.run(backend_, timed.amount, control_);
    done.seconds = now() - start;
    return done;
  }

  double now() const { return hooks_.now ? hooks_.now() : steady_seconds(); }

  Backend& backend_;
  const TimingSettings& settings_;
  const TimingHooks& hooks_;
  RunControl& control_;
};

bool is_same_workload(const BenchCase& a, const BenchCase& b) {
  return a.name == b.name && a.unit == b.unit && a.samples == b.samples && a.size < b.size;
}

}  // namespace

bool is_mixed(const TimedCase& timed) {
  return !(timed.rhat > most_bench_rhat);
}

Spread spread_of(std::vector<double> values) {
  if (values.empty()) return {};
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  const double middle =
      values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
  return {middle, values.front(), values.back()};
}

std::vector<TimedCase> time_cases(std::vector<BenchCase> cases, Backend& backend,
                                  const TimingSettings& settings, const TimingHooks& hooks,
                                  RunControl& control) {
  Timer timer(backend, settings, hooks, control);
  std::vector<TimedCase> timed;
  for (BenchCase& bench : cases) {
    TimedCase next;
    next.bench = std::move(bench);
    const bool follows = !timed.empty() && is_same_workload(timed.back().bench, next.bench);
    timer.calibrate(next, follows ? &timed.back() : nullptr);
    timed.push_back(std::move(next));
    if (control.stop) return timed;
  }
  std::vector<std::vector<double>> elapsed(timed.size());
  const std::size_t all = settings.repeats * timed.size();
  for (std::uint32_t r = 0; r < settings.repeats && !control.stop; ++r) {
    if (hooks.before_repeat) hooks.before_repeat();
    for (std::size_t k = 0; k < timed.size() && !control.stop; ++k) {
      if (!timed[k].is_left_out) timer.repeat(timed[k], elapsed[k]);
      if (hooks.after_run) hooks.after_run(r * timed.size() + k + 1, all);
    }
  }
  for (std::size_t k = 0; k < timed.size(); ++k)
    if (!timed[k].is_left_out) timed[k].seconds = spread_of(elapsed[k]).median;
  return timed;
}

}  // namespace kgon
