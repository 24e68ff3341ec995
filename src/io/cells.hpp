// From a study to the plan of its train stage: the sweep's cells, their settings, keys and starts.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/shard.hpp"
#include "io/study.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

// More cells than this are taken for a mistake.
inline constexpr std::uint64_t max_cells = 10'000'000;
// Record steps of all cells together: they lie in host memory.
inline constexpr std::uint64_t max_cell_records = 100'000'000;
// Numbers in the start points of all cells together, 1 GiB.
inline constexpr std::uint64_t max_start_values = std::uint64_t{1} << 27;
// Steps of one trajectory stay below this.
inline constexpr std::uint64_t max_steps = std::uint64_t{1} << 40;
// Draws of one trajectory: each has four blocks of its own for rejected indices, and the
// random-number counter has room for 2^56 blocks.
inline constexpr std::uint64_t max_draws = std::uint64_t{1} << 54;

// `records` steps from 0 to `steps`, both among them, strictly ascending, so fewer than `records`
// where steps + 1 is less or rounding makes two equal. Log: 0, then from 1 on in equal ratios.
std::vector<std::uint64_t> spread_records(std::uint64_t steps, std::uint64_t records, bool log);

struct ExpandedStudy {
  TrainPlan plan;
  std::uint64_t duplicates = 0;    // cells left out because an equal one was there before
  std::vector<std::string> notes;  // sentences for the user
};

// Cells are the product of the study's lists in the order of the table of keys, the last key
// running fastest. `compiled`: the models that this program has. Throws UsageError, and what
// read_start_points throws for `init` files.
ExpandedStudy expand_study(const Study& study, const std::vector<ModelShape>& compiled,
                           Shard shard = {});

// Bytes of the arrays in the result file before compression. Throws UsageError where the product
// leaves 62 bits; expand_study has checked it already.
std::uint64_t result_bytes(const TrainPlan& plan);

// 16 hexadecimal digits over everything that a result depends on: shards of one study agree in it,
// whatever device or number of threads they ran on.
std::string study_hash(const Study& study, const TrainPlan& plan);

}  // namespace kgon
