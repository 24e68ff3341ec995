// From a study to the plan of its sample stage: one run per posterior.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/shard.hpp"
#include "io/study.hpp"
#include "kgon/engine/sample_plan.hpp"

namespace kgon {

// More posteriors than this, and more islands of all of them together, are taken for a mistake.
inline constexpr std::uint64_t max_sample_runs = 1'000'000;
inline constexpr std::uint64_t max_sample_islands = 10'000'000;

struct ExpandedSample {
  SamplePlan plan;
  std::uint64_t duplicates = 0;    // runs left out because an equal one was there before
  std::vector<std::string> notes;  // sentences for the user
};

// Runs are the product of the study's lists in the order of the table of keys, the last key fastest
// but for the data sets, which stand together; the population has one run. `compiled`: the models
// that this program has; `shard`: which of every run's islands. Throws UsageError.
ExpandedSample expand_sample(const Study& study, const std::vector<ModelShape>& compiled,
                             Shard shard = {});

// Upper bound of the bytes of the arrays in the result file: as if every phase were found.
std::uint64_t sample_result_bytes(const SamplePlan& plan);

// Bytes of the plan, of the finished islands, which stay in memory without their draws until the
// result is written, and of what chains are judged by, a run at a time.
std::uint64_t sample_blocks_bytes(const SamplePlan& plan);

// 16 hexadecimal digits over everything that a result depends on, whatever device or number of
// threads it ran on: shards of one study agree in it.
std::string sample_study_hash(const Study& study, const SamplePlan& plan);

}  // namespace kgon
