// What `kgon bench` times: one workload of one size.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "kgon/engine/backend.hpp"

namespace kgon {

// What one run did.
struct BenchCount {
  double units = 0;  // in all members together
  // Part of the run's time after the warm-up; 1 where there is none.
  double part_after_warmup = 1;
  double rhat = std::numeric_limits<double>::quiet_NaN();  // of effective samples
};

struct BenchCase {
  std::string suite;  // train, llc or sample
  std::string name;
  std::string unit;            // what is counted, in the plural
  std::uint64_t size = 0;      // members side by side
  std::uint32_t samples = 0;   // n; 0: the population
  double flops = 0;            // of a unit, see bench_flops.hpp; 0: not counted
  double exact_gradients = 0;  // of a unit
  // Amount of work of the shortest run that is worth timing, and whether more can be asked for: of
  // train and llc steps of every member, of others whatever is proportional to the time.
  std::uint64_t least_amount = 1;
  bool can_grow = true;
  // Returns how to find out what was done, for after the clock has stopped.
  std::function<std::function<BenchCount()>(Backend&, std::uint64_t amount, RunControl&)> run;
};

inline constexpr std::uint32_t bench_batch = 20;  // of minibatches, the paper's

// What the cases of a suite have in common.
struct BenchGrid {
  ModelShape shape;
  Precision precision = Precision::float32;
  std::uint64_t seed = 1;
  std::vector<std::uint64_t> sizes;        // ascending
  std::vector<std::uint32_t> samples;      // n
  std::vector<std::uint32_t> llc_samples;  // n of llc
};

// Sizes of one workload and n stand together, in ascending order.
std::vector<BenchCase> train_bench_cases(const BenchGrid& grid);
std::vector<BenchCase> llc_bench_cases(const BenchGrid& grid);
std::vector<BenchCase> sample_bench_cases(const BenchGrid& grid);

}  // namespace kgon
