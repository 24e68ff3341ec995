#include "engine/bench_suite.hpp"

#include <algorithm>
#include <limits>

namespace kgon {
namespace {

std::vector<Gate> gates_of(const std::string& suite, const GateSubject& subject) {
  if (suite == "train") return train_gates(subject);
  return suite == "llc" ? llc_gates(subject) : sample_gates(subject);
}

std::vector<BenchCase> cases_of(const std::string& suite, const BenchGrid& grid) {
  if (suite == "train") return train_bench_cases(grid);
  return suite == "llc" ? llc_bench_cases(grid) : sample_bench_cases(grid);
}

void measure_roof(Backend& backend, const SuiteRequest& request, SuiteReport& report) {
  const Precision precision = request.grid.precision;
  const double seconds = request.timing.seconds;
  const std::optional<DeviceRoof> all = backend.measure_roof(precision, 0, seconds);
  if (!all) return;
  if (!report.roof) report.roof.emplace();
  report.roof->device = *all;
  report.roof->flops.push_back(all->flops);
  const std::optional<DeviceRoof> one = backend.measure_roof(precision, 1, seconds);
  if (one) report.roof->thread_flops.push_back(one->flops);
}

}  // namespace

const Gate* SuiteReport::failed_gate() const {
  const auto failed = std::ranges::find(gates, false, &Gate::has_passed);
  return failed == gates.end() ? nullptr : &*failed;
}

double SuiteReport::part_of_roof(const TimedCase& timed) const {
  if (!roof || timed.is_left_out || timed.bench.flops == 0)
    return std::numeric_limits<double>::quiet_NaN();
  return timed.rate().median * timed.bench.flops / spread_of(roof->flops).median;
}

SuiteReport run_suite(const SuiteRequest& request, Backend& backend, Backend& reference,
                      RunControl& control) {
  const BenchGrid& grid = request.grid;
  SuiteReport report;
  report.suite = request.suite;
  report.gates = gates_of(request.suite, {backend, reference, grid.shape, grid.precision,
                                          host_gradient(grid.shape, grid.precision), control});
  if (control.stop || report.failed_gate() != nullptr) return report;
  TimingHooks hooks;
  hooks.before_repeat = [&] { measure_roof(backend, request, report); };
  hooks.after_run = request.progress;
  report.cases = time_cases(cases_of(request.suite, grid), backend, request.timing, hooks, control);
  return report;
}

}  // namespace kgon
