// The same for the code that is compiled once per instruction set.
#pragma once

#include "backends/cpu/instruction_set.hpp"
#include "backends/cpu/pack_task.hpp"
#include "backends/with_model.hpp"

namespace kgon::cpu {

// call.operator()<Isa, H, C, Real>(); throws as with_model.
template <class Call>
auto with_instructions(InstructionSet instructions, const ModelShape& shape, Precision precision,
                       const Call& call) {
  return with_model(shape, precision, [&]<int H, int C, class Real>() {
    switch (instructions) {
      case InstructionSet::avx512:
        return call.template operator()<Avx512, H, C, Real>();
      case InstructionSet::avx2:
        return call.template operator()<Avx2, H, C, Real>();
      case InstructionSet::baseline:
        break;
    }
    return call.template operator()<Baseline, H, C, Real>();
  });
}

}  // namespace kgon::cpu
