// Compiled once per instruction set: KGON_ISA comes from CMake, which also gives the compiler the
// flags of that instruction set.
#include "backends/cpu/roof_pack.hpp"

#include <type_traits>

#include "kgon/math/pack.hpp"

namespace kgon::cpu {

template <class Isa, class Real>
void run_roof(std::uint64_t rounds, RoofNumbers<Real>& numbers) {
  using S = Pack<Real, pack_lanes<Isa, Real>>;
  const S factor(numbers.factor), term(numbers.term);
  S sums[roof_chains];
  KGON_UNROLL
  for (int k = 0; k < roof_chains; ++k) sums[k] = S(static_cast<Real>(k + 1));
  KGON_NO_UNROLL
  for (std::uint64_t r = 0; r < rounds; ++r) {
    KGON_UNROLL
    for (int k = 0; k < roof_chains; ++k) {
      if constexpr (!std::is_same_v<Isa, Baseline>) {
        sums[k] = fma(sums[k], factor, term);
      } else if (k % 2 == 0) {
        sums[k] = sums[k] * factor;
      } else {
        sums[k] = sums[k] + term;
      }
    }
  }
  S total = sums[0];
  KGON_UNROLL
  for (int k = 1; k < roof_chains; ++k) total = total + sums[k];
  total.store(numbers.sums);
}

template void run_roof<KGON_ISA, float>(std::uint64_t, RoofNumbers<float>&);
template void run_roof<KGON_ISA, double>(std::uint64_t, RoofNumbers<double>&);

}  // namespace kgon::cpu
