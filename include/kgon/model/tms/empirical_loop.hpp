// Empirical loss L_n by a loop over the samples, in the order of their indices.
#pragma once

#include "kgon/model/tms/sample.hpp"
#include "kgon/model/tms/shape.hpp"

namespace kgon::tms {

// Residual of output j for input mu e_i: the unit fires where fma(mu, a_ij, b_j) > 0. The same
// predicate decides in `SortedLoss`, so both have the same active set.
template <class S>
KGON_FUNCTION S residual(S magnitude, S dot, S difference, S bias, MaskOf<S> same) {
  const S zero(RealOf<S>(0));
  const S silent = select(same, -magnitude, zero);
  return select(fma(magnitude, dot, bias) > zero, fma(magnitude, difference, bias), silent);
}

template <class S, int H, int C>
struct LoopLoss {
  // w: [parameters]; sample(k) gives sample k, each lane from its own data set, and is asked for
  // k = 0, 1, ..., n-1 in turn.
  template <class Samples>
  KGON_FUNCTION S operator()(const S* w, Samples sample, std::uint32_t n) const {
    S total(RealOf<S>(0));
    for (std::uint32_t k = 0; k < n; ++k) {
      total = total + squared_error(w, sample(WordOf<S>(k)));
    }
    return total / S(static_cast<RealOf<S>>(n));
  }

 private:
  KGON_FUNCTION S squared_error(const S* w, WordOf<S> sample) const {
    using Layout = Shape<H, C>;
    using Word = WordOf<S>;
    using Real = RealOf<S>;
    const Word feature = sample_feature(sample);
    const S magnitude = sample_magnitude<S>(sample);
    S input[H];
    KGON_UNROLL
    for (int h = 0; h < H; ++h) {
      input[h] = w[Layout::weight(h, 0)];
      KGON_UNROLL
      for (int i = 1; i < C; ++i) {
        input[h] = select(feature == Word(static_cast<std::uint32_t>(i)), w[Layout::weight(h, i)],
                          input[h]);
      }
    }
    S sum(Real(0));
    KGON_UNROLL
    for (int j = 0; j < C; ++j) {
      const auto same = feature == Word(static_cast<std::uint32_t>(j));
      S dot(Real(-0.0)), difference = select(same, S(Real(-1)), S(Real(-0.0)));
      KGON_UNROLL
      for (int h = 0; h < H; ++h) {
        dot = fma(input[h], w[Layout::weight(h, j)], dot);
        difference = fma(input[h], w[Layout::weight(h, j)], difference);
      }
      const S r = residual(magnitude, dot, difference, w[Layout::bias(j)], mask_for<S>(same));
      sum = fma(r, r, sum);
    }
    return sum;
  }
};

// Loss and gradient by the same loop, scalar types only: the sums of each (i, j) pair in memory.
template <class S, int H, int C>
struct LoopGradient {
  // Writes dL_n/dw to gradient: [parameters]; returns L_n.
  template <class Samples>
  KGON_FUNCTION S operator()(const S* w, const Samples& sample, std::uint32_t n,
                             S* gradient) const {
    using Layout = Shape<H, C>;
    S by_dot[C * C] = {}, by_bias[C] = {}, total(0);
    for (std::uint32_t k = 0; k < n; ++k) {
      const std::uint32_t word = sample(k);
      const int i = static_cast<int>(sample_feature(word));
      const S magnitude = sample_magnitude<S>(word);
      for (int j = 0; j < C; ++j) {
        const S dot = column_dot<H, C>(w, i, j, S(0));
        const S difference = column_dot<H, C>(w, i, j, i == j ? S(1) : S(0));
        const S r = residual(magnitude, dot, difference, w[Layout::bias(j)], i == j);
        const bool fires = fma(magnitude, dot, w[Layout::bias(j)]) > S(0);
        total = fma(r, r, total);
        by_bias[j] += fires ? r : S(0);
        by_dot[i * C + j] = fma(fires ? r : S(0), magnitude, by_dot[i * C + j]);
      }
    }
    const S scale = S(2) / static_cast<S>(n);
    for (int p = 0; p < Layout::parameters; ++p) gradient[p] = S(0);
    for (int i = 0; i < C; ++i) {
      gradient[Layout::bias(i)] = scale * by_bias[i];
      for (int j = 0; j < C; ++j) {
        add_dot_gradient<H, C>(w, i, j, scale * by_dot[i * C + j], gradient);
      }
    }
    return total / static_cast<S>(n);
  }
};

}  // namespace kgon::tms
