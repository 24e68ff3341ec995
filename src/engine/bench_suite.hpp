// One suite of `kgon bench`: its gates, then, where all of them pass, its timings with the roof of
// the device measured in between.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "engine/bench_case.hpp"
#include "engine/bench_gates.hpp"
#include "engine/bench_timing.hpp"

namespace kgon {

inline const std::vector<std::string> bench_suites{"train", "llc", "sample"};

// What the device's arithmetic did at most, once in every repeat.
struct RoofReport {
  DeviceRoof device;                 // of the last repeat
  std::vector<double> flops;         // per second, of all threads
  std::vector<double> thread_flops;  // of one thread alone
};

struct SuiteReport {
  std::string suite;
  std::vector<Gate> gates;
  std::optional<RoofReport> roof;  // nothing where the back end measures none
  std::vector<TimedCase> cases;    // none where a gate failed

  const Gate* failed_gate() const;  // the first, or null
  // Part of the roof that a case's median rate is; NaN where either is unknown.
  double part_of_roof(const TimedCase& timed) const;
};

struct SuiteRequest {
  std::string suite;  // one of bench_suites
  BenchGrid grid;
  TimingSettings timing;
  std::function<void(std::size_t done, std::size_t all)> progress;  // may be empty
};

// Early, with what there is, once control.stop is set. Throws what the back end throws.
SuiteReport run_suite(const SuiteRequest& request, Backend& backend, Backend& reference,
                      RunControl& control);

}  // namespace kgon
