// The parts of an llc plan in words.
#pragma once

#include <string>

#include "kgon/core/status.hpp"
#include "kgon/engine/llc_plan.hpp"

namespace kgon {

// "5", of a record "x.nc cell 0 trajectory 12 record 3", of a file of points "x.nc point 7".
std::string point_name(const LlcPlan& plan, std::size_t site);
// "langevin", ...
std::string sampler_name(Sampler sampler);
// "diverged", "non_finite"
std::string cause_name(MemberStatus cause);

}  // namespace kgon
