// `sample` on CUDA devices.
#pragma once

#include <vector>

#include "kgon/engine/backend.hpp"

namespace kgon::cuda {

// devices: CUDA's numbers of them.
void sample(const SamplePlan& plan, const std::vector<int>& devices, SampleSink& sink,
            RunControl& control);
// On each device, at most.
std::uint64_t sample_memory_estimate(const SamplePlan& plan);

}  // namespace kgon::cuda
