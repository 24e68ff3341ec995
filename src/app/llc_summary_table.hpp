// The table of llc where there are more points than a reader takes one by one.
#pragma once

#include <string>
#include <vector>

#include "kgon/engine/llc_block.hpp"
#include "kgon/engine/llc_plan.hpp"

namespace kgon {

// A line for the points of one origin, phase and setting: how many there are, and of those whose
// verdict is ok the quartiles of lambda_hat and the medians of what to hold beside it. Below, of
// every other verdict the first point that has it, with the reason. estimates: one per site.
std::string llc_summary_table(const LlcPlan& plan, const std::vector<LlcEstimate>& estimates);

}  // namespace kgon
