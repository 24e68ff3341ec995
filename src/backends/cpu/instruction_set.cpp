#include "backends/cpu/instruction_set.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

namespace kgon::cpu {

std::vector<InstructionSet> available_instruction_sets() {
  std::vector<InstructionSet> sets{InstructionSet::baseline};
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    sets.push_back(InstructionSet::avx2);
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
      sets.push_back(InstructionSet::avx512);
    }
  }
  return sets;
}

std::string name(InstructionSet set) {
  switch (set) {
    case InstructionSet::baseline:
      return "baseline";
    case InstructionSet::avx2:
      return "avx2";
    case InstructionSet::avx512:
      return "avx512";
  }
  throw std::logic_error("instruction set without a name");
}

InstructionSet parse_instruction_set(const std::string& text) {
  const auto available = available_instruction_sets();
  if (text.empty()) return available.back();
  for (const InstructionSet set :
       {InstructionSet::baseline, InstructionSet::avx2, InstructionSet::avx512}) {
    if (text != name(set)) continue;
    if (std::find(available.begin(), available.end(), set) == available.end()) {
      throw std::invalid_argument(
          fmt::format("this processor has no {}: the best instruction set here is {}", text,
                      name(available.back())));
    }
    return set;
  }
  throw std::invalid_argument(
      fmt::format("unknown instruction set '{}': choose baseline, avx2 or avx512", text));
}

}  // namespace kgon::cpu
