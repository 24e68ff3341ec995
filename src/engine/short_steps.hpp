// Steps of a warm-up that are shorter than what the chains have adapted to.
#pragma once

#include <cstdint>

namespace kgon {

// Factor on the step size of step `step` of the warm-up: 1, of every fourth 1/10, of every
// sixteenth 1/100 and so on down to 1/1000. A chain that starts far out, where L bends more than
// where the posterior is, refuses every step that suits the others; a shorter one brings it in.
// Steps with a factor below 1 are not adapted to.
inline double short_step_factor(std::uint64_t step) {
  if (step % 64 == 63) return 1e-3;
  if (step % 16 == 15) return 1e-2;
  return step % 4 == 3 ? 0.1 : 1;
}

}  // namespace kgon
