// What the roof of a device is measured with.
#pragma once

#include <cstdint>

#include "kgon/core/macros.hpp"
#include "kgon/math/scalar.hpp"

namespace kgon {

// The body of a kernel: independent fused multiply-adds in registers, next to nothing else. With
// factor and term 1/2 every sum goes to 1 and stays there.
template <class Real>
struct MultiplyAdds {
  // More than wait for one another on a multiprocessor with a few warps.
  static constexpr int sums = 12;
  // Of every sum in a round, so that the loop's own instructions do not count.
  static constexpr int turns = 16;
  // Additions and multiplications of a round of one thread.
  static constexpr double round_flops = 2.0 * sums * turns;

  std::uint32_t rounds;
  Real factor, term;
  Real* totals;  // [slots]

  KGON_FUNCTION void operator()(std::uint32_t slot) const {
    Real sum[sums];
    KGON_UNROLL
    for (int k = 0; k < sums; ++k) sum[k] = static_cast<Real>(k + 1);
    KGON_NO_UNROLL
    for (std::uint32_t round = 0; round < rounds; ++round) {
      KGON_UNROLL
      for (int turn = 0; turn < turns; ++turn) {
        KGON_UNROLL
        for (int k = 0; k < sums; ++k) sum[k] = fma(sum[k], factor, term);
      }
    }
    Real total = sum[0];
    KGON_UNROLL
    for (int k = 1; k < sums; ++k) total = total + sum[k];
    totals[slot] = total;
  }
};

}  // namespace kgon
