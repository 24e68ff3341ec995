// The CPU back end: threads x lanes.
#pragma once

#include <memory>

#include "backends/cpu/instruction_set.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon::cpu {

// threads: 0 gives one per core.
std::unique_ptr<Backend> make_cpu_backend(unsigned threads, InstructionSet instructions);

}  // namespace kgon::cpu
