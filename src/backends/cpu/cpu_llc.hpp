// `llc` on the threads of the CPU.
#pragma once

#include "backends/cpu/instruction_set.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon::cpu {

void estimate_llc(const LlcPlan& plan, InstructionSet instructions, unsigned threads, LlcSink& sink,
                  RunControl& control);
std::uint64_t llc_memory_estimate(const LlcPlan& plan, unsigned threads);

}  // namespace kgon::cpu
