// From a study to the plan of its llc stage: points, data sets, sites and groups.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/llc_points.hpp"
#include "io/shard.hpp"
#include "io/study.hpp"
#include "kgon/engine/llc_plan.hpp"

namespace kgon {

struct ExpandedLlc {
  LlcPlan plan;                    // of the shard
  ShardRange shard;                // its sites among those of the whole study
  std::uint64_t sites = 0;         // of the whole study
  std::uint64_t duplicates = 0;    // sites left out because an equal one was there before
  std::uint64_t sites_hash = 0;    // over the whole study's sites: what is run where
  std::vector<std::string> notes;  // sentences for the user
};

// Sites are the product of the study's lists, in the order of the table of keys, with the points of
// `at`; those of one group stand together, and in a group those of one data set. `compiled`: the
// models that this program has. Throws UsageError and UnusableFile.
ExpandedLlc expand_llc(const Study& study, const std::vector<ModelShape>& compiled,
                       Shard shard = {}, TrainSource train = {});

// With keep-losses = auto a study of no more draws, over all points and chains, keeps their losses.
inline constexpr std::uint64_t most_usual_losses = 4'000'000;

// Bytes of the arrays in the result file. Throws UsageError where the product leaves 62 bits;
// expand_llc has checked it already.
std::uint64_t llc_result_bytes(const LlcPlan& plan);

// Bytes of the plan itself and of its estimates, which stay in memory during a run.
std::uint64_t llc_plan_bytes(const LlcPlan& plan);

// 16 hexadecimal digits over everything that a result depends on: shards of one study agree in it.
std::string llc_study_hash(const Study& study, const ExpandedLlc& expanded);

}  // namespace kgon
