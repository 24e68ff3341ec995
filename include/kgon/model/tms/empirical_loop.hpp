// Empirical loss L_n and its gradient by a loop over the samples, in the order of their indices.
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

// The residuals of one sample per lane, output by output.
template <class S, int H, int C>
struct SampleResiduals {
  WordOf<S> feature;
  S magnitude;
  S input[H];  // W_i of the lane's feature i

  KGON_FUNCTION SampleResiduals(const S* w, WordOf<S> sample)
      : feature(sample_feature(sample)), magnitude(sample_magnitude<S>(sample)) {
    using Layout = Shape<H, C>;
    KGON_UNROLL
    for (int h = 0; h < H; ++h) {
      input[h] = w[Layout::weight(h, 0)];
      KGON_UNROLL
      for (int i = 1; i < C; ++i)
        input[h] = select(is_feature(i), w[Layout::weight(h, i)], input[h]);
    }
  }

  KGON_FUNCTION auto is_feature(int i) const {
    return feature == WordOf<S>(static_cast<std::uint32_t>(i));
  }

  // fires: whether the unit of output j does.
  KGON_FUNCTION S operator()(const S* w, int j, MaskOf<S>& fires) const {
    using Layout = Shape<H, C>;
    using Real = RealOf<S>;
    const auto same = is_feature(j);
    S dot(Real(-0.0)), difference = select(same, S(Real(-1)), S(Real(-0.0)));
    KGON_UNROLL
    for (int h = 0; h < H; ++h) {
      dot = fma(input[h], w[Layout::weight(h, j)], dot);
      difference = fma(input[h], w[Layout::weight(h, j)], difference);
    }
    const S bias = w[Layout::bias(j)];
    fires = fma(magnitude, dot, bias) > S(Real(0));
    return residual(magnitude, dot, difference, bias, mask_for<S>(same));
  }
};

// sample(k) below gives sample k, each lane from its own data set, and is asked for k = 0, 1, ...,
// n-1 in turn.
template <class S, int H, int C>
struct LoopLoss {
  // w: [parameters]; returns L_n.
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
    const SampleResiduals<S, H, C> residual_of(w, sample);
    S sum(RealOf<S>(0));
    MaskOf<S> fires;
    KGON_UNROLL
    for (int j = 0; j < C; ++j) {
      const S r = residual_of(w, j, fires);
      sum = fma(r, r, sum);
    }
    return sum;
  }
};

// Loss and gradient by the same loop: the sums of each (i, j) pair in memory.
template <class S, int H, int C>
struct LoopGradient {
  // w: [parameters]. Writes dL_n/dw to gradient: [parameters]; returns L_n.
  template <class Samples>
  KGON_FUNCTION S operator()(const S* w, Samples sample, std::uint32_t n, S* gradient) const {
    using Layout = Shape<H, C>;
    using Real = RealOf<S>;
    const S zero(Real(0));
    S by_dot[C * C], by_bias[C], total = zero;
    for (int k = 0; k < C * C; ++k) by_dot[k] = zero;
    for (int j = 0; j < C; ++j) by_bias[j] = zero;
    for (std::uint32_t k = 0; k < n; ++k) {
      const SampleResiduals<S, H, C> residual_of(w, sample(WordOf<S>(k)));
      for (int j = 0; j < C; ++j) {
        MaskOf<S> fires;
        const S r = residual_of(w, j, fires);
        total = fma(r, r, total);
        const S active = select(fires, r, zero);
        by_bias[j] = by_bias[j] + active;
        // Features that are not the lane's add nothing.
        for (int i = 0; i < C; ++i) {
          const S factor = select(residual_of.is_feature(i), residual_of.magnitude, zero);
          by_dot[i * C + j] = fma(active, factor, by_dot[i * C + j]);
        }
      }
    }
    const S scale = S(Real(2) / static_cast<Real>(n));
    for (int p = 0; p < Layout::parameters; ++p) gradient[p] = zero;
    for (int i = 0; i < C; ++i) {
      gradient[Layout::bias(i)] = scale * by_bias[i];
      for (int j = 0; j < C; ++j)
        add_dot_gradient<H, C>(w, i, j, scale * by_dot[i * C + j], gradient);
    }
    return total / S(static_cast<Real>(n));
  }
};

}  // namespace kgon::tms
