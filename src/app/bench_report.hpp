// What `kgon bench` says of its suites.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "engine/bench_suite.hpp"

namespace kgon {

// What the figures are of.
struct BenchMachine {
  std::string device;  // Backend::description
  Precision precision = Precision::float32;
  ModelShape shape;
  double load = 0;  // mean number of processes that ran or waited in the minute before; below 0:
                    // unknown
};

// The lines above the tables.
std::string bench_heading(const BenchMachine& machine, const TimingSettings& timing);
// One suite: its gates, the roof, a line per case.
std::string bench_table(const SuiteReport& report);
// The lines below.
std::string bench_notes();

nlohmann::ordered_json bench_json(const BenchMachine& machine, const TimingSettings& timing,
                                  const std::vector<SuiteReport>& suites);

}  // namespace kgon
