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

// When a point counts as having a structure or lying on a plateau.
struct PhaseTolerance {
  // A firing column is a vertex if it is longer than this part of the longest (or of 1). Vertices
  // of a standard k-gon have one length; a dead column may drift along its flat directions until it
  // wakes a unit, at a length of at most -b*/l* / cos(pi/k): below 0.45 l* for k <= 6, and about
  // one half for k = 7, where the two kinds begin to touch.
  double vertex_length = 0.5;
  // |length - l*| <= this part of l* at every vertex.
  double length = 0.25;
  // Angle between neighbouring vertices within this part of 2 pi / k; at 0.3 a k-gon's gaps still
  // differ from those of a (k+1)-gon with one vertex missing.
  double angle = 0.3;
  // A dead column is a positive one if its bias passes this part of 1/(2c).
  double positive_bias = 0.5;
  // |L - level| on the plateau of the point's label, as a part of 1/(4 c^2), the step between
  // levels that differ by one sigma: below one half no point is as near to another level. L is the
  // population loss; where trajectories settle is a minimum of L_n, which lies above the level by
  // about 0.5/n (`6`) to 2/n (`8`), so that small data sets need more.
  double loss = 0.45;
  // Norm of the population gradient on the plateau; at a minimum of L_n it grows as 1/sqrt(n).
  double gradient = 0.05;
};

// As many as 35 features have, the most that the catalogue takes.
inline constexpr int max_phase_levels = 302;
struct PhaseLevels {
  int count = 0;
  PhaseTolerance tolerance;
  PhaseLevel level[max_phase_levels] = {};
};

}  // namespace kgon::tms
