// Compiled once per instruction set and model: KGON_ISA, KGON_HIDDEN and KGON_FEATURES come from
// CMake, which also gives the compiler the flags of that instruction set.
#include "backends/cpu/pack_trainer.hpp"

namespace kgon::cpu {

template <class Isa, int H, int C, class Real>
bool train_pack(const PackTask& task) {
  PackTrainer<Isa, tms::Model<H, C>, Real, pack_lanes<Isa, Real>, PackShape<Isa>::group> trainer(
      task);
  return trainer.run();
}

template bool train_pack<KGON_ISA, KGON_HIDDEN, KGON_FEATURES, float>(const PackTask&);
template bool train_pack<KGON_ISA, KGON_HIDDEN, KGON_FEATURES, double>(const PackTask&);

}  // namespace kgon::cpu
