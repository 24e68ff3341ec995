// Exact empirical loss and gradient in O(c^2 log n): sort the samples of each feature once, keep
// prefix sums of mu and mu^2; every (i, j) pair needs the sums over one side of a threshold.
#pragma once

#include "kgon/model/tms/sample.hpp"
#include "kgon/model/tms/shape.hpp"

namespace kgon::tms {

// Sorted data sets of the lanes. Lane l's entry k of an array is at array[k * stride + l *
// lane_stride]; `lane` holds l * lane_stride. One set for all lanes: stride 1, lane_stride 0.
template <class W>
struct SortedSamples {
  std::uint32_t n;
  std::uint32_t stride;
  W lane;
  const std::uint32_t* samples;  // [n] ascending, so by feature, then mu
  const std::uint32_t* starts;   // [features + 1] index of the first sample of each feature
  const double* sum1;            // [n + 1] sum of mu over the samples before k
  const double* sum2;            // [n + 1] sum of mu^2 over the samples before k

  template <class T>
  KGON_FUNCTION auto at(const T* array, W k) const {
    return gather(array, k * W(stride) + lane);
  }
};

template <class S, int H, int C>
struct SortedLoss {
  using Layout = Shape<H, C>;
  using Word = WordOf<S>;
  using Real = RealOf<S>;

  // w: [parameters]. Writes dL_n/dw to gradient: [parameters]; returns L_n.
  KGON_FUNCTION S operator()(const S* w, const SortedSamples<Word>& data, S* gradient) const {
    S total(Real(0));
    const S scale = S(Real(1) / static_cast<Real>(data.n));
    KGON_UNROLL
    for (int p = 0; p < Layout::parameters; ++p) gradient[p] = S(Real(0));
    for (int i = 0; i < C; ++i) {
      const Word begin = data.at(data.starts, Word(static_cast<std::uint32_t>(i)));
      const Word end = data.at(data.starts, Word(static_cast<std::uint32_t>(i) + 1));
      for (int j = 0; j < C; ++j) {
        total = total + add_pair(w, data, i, j, begin, end, scale, gradient);
      }
    }
    return total * scale;
  }

 private:
  // Adds the (i, j) term to the gradient and returns its part of n L_n.
  KGON_FUNCTION S add_pair(const S* w, const SortedSamples<Word>& data, int i, int j, Word begin,
                           Word end, S scale, S* gradient) const {
    const bool same = i == j;
    const S zero(Real(0));
    const S dot = column_dot<H, C>(w, i, j, zero);
    const S difference = same ? column_dot<H, C>(w, i, j, S(Real(1))) : dot;
    const S bias = w[Layout::bias(j)];
    const auto falling = dot < zero;
    const Word edge = first_crossing(data, dot, bias, falling, begin, end);
    const Word low = select(falling, begin, edge), high = select(falling, edge, end);
    const S count = to_scalar<S>(high - low);
    const S sum1 = range_sum(data, data.sum1, low, high);
    const S sum2 = range_sum(data, data.sum2, low, high);
    const S by_bias = fma(difference, sum1, bias * count);
    const S by_dot = fma(difference, sum2, bias * sum1);
    add_dot_gradient<H, C>(w, i, j, S(Real(2)) * scale * by_dot, gradient);
    gradient[Layout::bias(j)] = fma(S(Real(2)) * scale, by_bias, gradient[Layout::bias(j)]);
    const S active = fma(difference, by_dot, bias * by_bias);
    return same ? active + (range_sum(data, data.sum2, begin, end) - sum2) : active;
  }

  // First k in [begin, end) whose unit fires (rising) or falls silent (falling); `end` if none.
  // fma is monotone in mu, so this splits the samples exactly as a loop over them does.
  KGON_FUNCTION Word first_crossing(const SortedSamples<Word>& data, S dot, S bias,
                                    MaskOf<S> falling, Word begin, Word end) const {
    Word low = begin, high = end;
    auto open = low < high;
    const Word last(data.n - 1), one(1u);
    while (any(open)) {
      const Word middle = (low + high) >> 1;
      const Word inside = select(middle < last, middle, last);
      const S magnitude = sample_magnitude<S>(data.at(data.samples, inside));
      const auto crossed = word_mask<S>((fma(magnitude, dot, bias) > S(Real(0))) ^ falling);
      high = select(open & crossed, middle, high);
      low = select(open & !crossed, middle + one, low);
      open = low < high;
    }
    return low;
  }

  KGON_FUNCTION S range_sum(const SortedSamples<Word>& data, const double* sums, Word low,
                            Word high) const {
    return narrow<S>(data.at(sums, high) - data.at(sums, low));
  }
};

}  // namespace kgon::tms
