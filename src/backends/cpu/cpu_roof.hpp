// The roof of this processor: multiply-adds in registers, on every thread at once.
#pragma once

#include "backends/cpu/instruction_set.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon::cpu {

DeviceRoof measure_roof(InstructionSet instructions, Precision precision, unsigned threads,
                        double seconds);

}  // namespace kgon::cpu
