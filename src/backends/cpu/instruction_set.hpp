// Which of the compiled instruction sets this processor has.
#pragma once

#include <string>
#include <vector>

namespace kgon::cpu {

enum class InstructionSet { baseline, avx2, avx512 };

// Ascending, `baseline` always among them.
std::vector<InstructionSet> available_instruction_sets();
std::string name(InstructionSet set);
// "" gives the best there is. Throws std::invalid_argument for an unknown name or one that this
// processor does not have.
InstructionSet parse_instruction_set(const std::string& text);

}  // namespace kgon::cpu
