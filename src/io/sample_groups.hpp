// The groups of a `sample` result, see sample_schema.hpp.
#pragma once

#include "io/sample_schema.hpp"

namespace kgon {

// The group `sample`. Throws IoError.
void write_sample_summary(NetcdfFile& file, const SamplePlan& plan, const SampleFindings& found);
// The groups `posterior` and `sample_stats`, of a plan that keeps draws. Throws IoError.
void write_sample_draws(NetcdfFile& file, const SamplePlan& plan, const SampleFindings& found);

}  // namespace kgon
