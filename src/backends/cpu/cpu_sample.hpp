// `sample` on the CPU.
#pragma once

#include "backends/cpu/instruction_set.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon::cpu {

// threads: islands at a time.
void sample(const SamplePlan& plan, InstructionSet instructions, unsigned threads, SampleSink& sink,
            RunControl& control);
std::uint64_t sample_memory_estimate(const SamplePlan& plan, unsigned threads);

}  // namespace kgon::cpu
