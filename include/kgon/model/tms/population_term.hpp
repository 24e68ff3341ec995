// One (input i, output j) term of the population loss and its derivatives.
#pragma once

#include "kgon/math/scalar.hpp"

namespace kgon::tms {

template <class S>
struct PairTerm {
  S value;    // integral of the squared residual over mu in [0, 1]
  S by_dot;   // derivative by a_ij = W_i . W_j
  S by_bias;  // derivative by b_j
};

// Input mu e_i, mu ~ U[0, 1], output j: the unit fires where mu a + b > 0, an interval [low, high]
// of [0, 1], and its residual is d mu + b there, with d = a - [i = j]; elsewhere the residual is
// -[i = j] mu. The integrals are those of Lemma 3.1 of arXiv 2310.06301, written with the residual
// at both ends of the interval, so that nothing cancels where the residual is small.
//   L = (1/c) sum_ij value,  dL/dW_i etc. by the chain rule over a_ij and b_j.
// `dot` = a_ij, `difference` = d (given apart because a - 1 cancels near a critical point).
template <class S>
KGON_FUNCTION PairTerm<S> population_term(S dot, S difference, S bias, bool same) {
  const S zero(0), one(1);
  const S crossing = clamp_unit(-bias / dot);
  const auto rising = dot > zero;
  const auto falling = dot < zero;
  const S flat_end = select(bias > zero, one, zero);  // dot == 0: all of [0, 1] or nothing
  const S low = select(rising, crossing, zero);
  const S high = select(rising, one, select(falling, crossing, flat_end));
  const S width = high - low;
  const S u = fma(difference, low, bias);
  const S v = fma(difference, high, bias);
  const S third(static_cast<RealOf<S>>(1.0 / 3.0));
  PairTerm<S> term;
  term.value = width * third * fma(u, u, fma(u, v, v * v));
  // d/db = 2 integral of (d mu + b), d/da = 2 integral of mu (d mu + b).
  term.by_bias = width * (u + v);
  term.by_dot = width * third * fma(low, fma(S(2), u, v), high * fma(S(2), v, u));
  if (same) {
    // The silent part of [0, 1] leaves the residual -mu.
    const S rest = fma(one - high, fma(high, high + one, one), low * low * low);
    term.value = fma(third, rest, term.value);
  }
  return term;
}

}  // namespace kgon::tms
