// `llc` on CUDA devices.
#pragma once

#include <vector>

#include "kgon/engine/backend.hpp"

namespace kgon::cuda {

// devices: CUDA's numbers of them.
void estimate_llc(const LlcPlan& plan, const std::vector<int>& devices, LlcSink& sink,
                  RunControl& control);
// On each device, at most.
std::uint64_t llc_memory_estimate(const LlcPlan& plan);

}  // namespace kgon::cuda
