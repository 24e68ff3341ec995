// The layout of a `sample` result: the attributes of the root and the groups `sample`, `posterior`
// and `sample_stats`, the latter two, as ArviZ names them, where the plan keeps draws; and, derived
// from them, `theory`, `crossings` and `free_energy_fit`, each where it has something to say, and
// critical_points_group.hpp's. A shard has the islands of its part, estimates from these alone, and
// in the group `islands` what the estimates of the whole need beside the rest of the file: that
// group ends with the merge.
//
// Dimensions of `sample`: run (the posteriors), island, phase (W_{k,sigma}) and level (labels of
// the catalogue), of both all that any run has visited, by their codes. Those of `islands` are the
// same, and formula_phase (all with a theory_free_energy). Of the others: chain (of smc the
// islands, else the chains of island 0, of island 1, ...), draw, run, hidden, feature.
// NaN in floating point and -1 in integers stand for what does not exist.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/free_energy_fit.hpp"
#include "engine/sample_crossings.hpp"
#include "engine/sample_estimate.hpp"
#include "io/result_metadata.hpp"
#include "io/sample_cells.hpp"
#include "kgon/engine/sample_block.hpp"

namespace kgon {

class NetcdfFile;

// What a finished stage has found.
struct SampleFindings {
  std::vector<SampleBlock> islands;    // [runs, islands], which need their draws no more
  std::vector<RunEstimate> estimates;  // [runs]
  std::vector<Crossing> crossings;
  std::vector<ConstantFit> constants;
};

// Defines and writes everything but the draws (sample_draws.hpp). IoError.
void write_sample_arrays(NetcdfFile& file, const SamplePlan& plan, const ResultMetadata& metadata,
                         const SampleFindings& found);

// A generous bound of the bytes of the file.
std::uint64_t sample_file_bytes(const SamplePlan& plan, const ResultMetadata& metadata);

}  // namespace kgon
