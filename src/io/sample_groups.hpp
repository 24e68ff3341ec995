// The groups of a `sample` result, see sample_schema.hpp.
#pragma once

#include <string>
#include <vector>

#include "io/group_definition.hpp"
#include "io/sample_schema.hpp"

namespace kgon {

// The phases W_{k,sigma} that any run has visited.
std::vector<PhaseCode> visited_phases(const std::vector<RunEstimate>& estimates);
// The dimension of these with their codes and labels.
int define_phases(GroupDefinition& group, const std::vector<PhaseCode>& phases);

// The group `sample`. Throws IoError.
void write_sample_summary(NetcdfFile& file, const SamplePlan& plan, const SampleFindings& found);
// The group `islands`, of a plan that is a part of its study. Throws IoError.
void write_sample_islands(NetcdfFile& file, const SamplePlan& plan, const SampleFindings& found);

// The groups `theory`, `crossings` and `free_energy_fit`, none where it would be empty. Throw
// IoError.
void write_theory(NetcdfFile& file, const SampleFindings& found);
void write_crossings(NetcdfFile& file, const SampleFindings& found);
void write_free_energy_fits(NetcdfFile& file, const SampleFindings& found);

}  // namespace kgon
