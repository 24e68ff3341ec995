// The constant term of a phase's free energy, by Laplace's method.
#pragma once

#include <map>

#include "kgon/core/phase_code.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

// Near the orbit of w* under rotations and permutations of the features the loss is L(w*) plus the
// quadratic form of its Hessian, of rank r, and the prior N(0, s^2 I) hardly changes. So for large
// n
//
//   -log of integral exp(-n beta L) N(w; 0, s^2 I) dw over the phase
//     = n beta L(w*) + r/2 log(n beta) + determinant + norm + normaliser + orbit + flat,
//
//   determinant = 1/2 log det' - r/2 log(2 pi), det' the product of the eigenvalues that are not 0,
//   norm        = |w*|^2 / (2 s^2), the constant of arXiv 2310.06301,
//   normaliser  = q/2 log(2 pi s^2), q the number of parameters that the critical set fixes up to
//                 the rotation,
//   orbit       = -log of the length of the orbit: of circles of length 2 pi |W*|_F there are as
//                 many as ways to put k of the c features around the polygon, (k - 1)! binom(c, k),
//                 times binom(c - k, sigma) for those with a positive bias; reflections are among
//                 them,
//   flat        = -log of the prior's probability of the region in which a dead column and its bias
//                 change nothing: W_d . W_j <= -b* for every vertex, and b_d <= -max(0, |W_d|^2,
//                 max_j W_d . W_j). 0 where no column is dead.
struct LaplaceConstant {
  double rank = 0;
  double determinant = 0, norm = 0, normaliser = 0, orbit = 0, flat = 0;

  double total() const { return determinant + norm + normaliser + orbit + flat; }
};

// By W_{k,sigma}, for the standard k-gons of hidden = 2 where L is C2, its Hessian has no negative
// eigenvalue, and at most one column is dead (more of them touch one another). prior_scale: s.
std::map<PhaseCode, LaplaceConstant> laplace_constants(const ModelShape& shape, double prior_scale);

}  // namespace kgon
