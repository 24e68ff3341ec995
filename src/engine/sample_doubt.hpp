// What there is to doubt in the estimates of a posterior.
#pragma once

#include <string>

#include "engine/sample_estimate.hpp"

namespace kgon {

// Why not to believe the estimates of a run, and what to do about it; empty where there is no such
// reason. smc: its last moves were mostly refused, its particles descend from a handful, or its
// islands disagree. tempering: fewer round trips than chains, or R-hat. hmc and nuts: chains that
// do not weigh the modes, R-hat, divergences, E-BFMI.
std::string doubt(const SamplePlan& plan, const RunEstimate& estimate);

}  // namespace kgon
