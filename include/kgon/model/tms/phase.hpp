// Names of phases: the label k^{sigma+,phi-} of arXiv 2310.06301, section 3.2, as a small integer.
#pragma once

#include <cstdint>

#include "kgon/core/macros.hpp"
#include "kgon/core/phase_code.hpp"

namespace kgon::tms {

// A phase as one integer: k | sigma << 5 | phi << 10, or `phase_other`.
using kgon::phase_other;
using kgon::PhaseCode;
inline constexpr int max_phase_field = 31;

// k: number of hull vertices, sigma: number of positive biases, phi: number of large negative
// biases; each in 0..31.
KGON_FUNCTION constexpr PhaseCode phase_code(int k, int sigma, int phi) {
  return static_cast<PhaseCode>(k | sigma << 5 | phi << 10);
}
KGON_FUNCTION constexpr int phase_vertices(PhaseCode code) {
  return code & 31;
}
KGON_FUNCTION constexpr int phase_positive(PhaseCode code) {
  return code >> 5 & 31;
}
KGON_FUNCTION constexpr int phase_negative(PhaseCode code) {
  return code >> 10 & 31;
}

// The plateaus a trajectory is compared with: the standard k-gons of the catalogue.
struct PhaseLevel {
  PhaseCode code;
  double loss;    // population loss of the critical point
  double length;  // l* of its vertices
};

// As many as 35 features have, the most that the catalogue takes.
inline constexpr int max_phase_levels = 302;
struct PhaseLevels {
  int count = 0;
  PhaseLevel level[max_phase_levels] = {};
};

}  // namespace kgon::tms
