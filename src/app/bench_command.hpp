// `kgon bench`: how fast this machine runs kgon's workloads, once they have proven right.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "app/bench_report.hpp"
#include "app/key_flags.hpp"

namespace CLI {
class App;
}

namespace kgon {

struct BenchOptions {
  BenchOptions();

  std::optional<std::string> suites, sizes, samples;  // as typed
  std::string seconds = "0.2", repeats = "5";
  bool json = false;
  bool quiet = false;
  KeyFlags keys;  // device, threads, instructions, precision, seed
};

// What the options say, checked against each other and the device.
struct BenchPlan {
  std::vector<std::string> suites;
  BenchGrid grid;
  TimingSettings timing;
};

// The devices that a bench runs on; tests put others in their places.
struct BenchDevices {
  Backend& backend;
  Backend& reference;
};

// Adds the subcommand to `app`; when it is parsed, `action` becomes the call that runs it.
void setup_bench(CLI::App& app, std::function<int()>& action);

// Returns the exit status. Throws what guarded() reports.
int run_bench(const BenchOptions& options);

// The suites of the plan one after the other. Of one whose gates fail nothing is timed, a sentence
// goes to stderr and the exit status is `internal`; the others run all the same. Prints the tables
// as they come, or one JSON document at the end.
int run_bench_plan(const BenchPlan& plan, const BenchDevices& devices, bool json, bool quiet);

}  // namespace kgon
