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
  // [features << bin_bits, and one] index of the first sample of each bin: a feature's range of mu
  // is cut into 2^bin_bits equal ones, 0 <= bin_bits <= max_bin_bits.
  const std::uint32_t* bins;
  const double* sum1;  // [n + 1] sum of mu over the samples before k
  const double* sum2;  // [n + 1] sum of mu^2 over the samples before k
  int bin_bits;

  // One set for all lanes.
  static KGON_FUNCTION SortedSamples shared(const SortedSamples<std::uint32_t>& set) {
    return {set.n, 1, W(0u), set.samples, set.bins, set.sum1, set.sum2, set.bin_bits};
  }

  template <class T>
  KGON_FUNCTION auto at(const T* array, W k) const {
    return gather(array, k * W(stride) + lane);
  }
};

// Bins finer than this would be no wider than the rounding of a float threshold allows.
inline constexpr int max_bin_bits = 16;

template <class S, int H, int C>
struct SortedLoss {
  using Layout = Shape<H, C>;
  using Word = WordOf<S>;
  using Real = RealOf<S>;
  using Sum = WideOf<S>;

  // w: [parameters]. Writes dL_n/dw to gradient: [parameters]; returns L_n, summed in double.
  KGON_FUNCTION Sum operator()(const S* w, const SortedSamples<Word>& data, S* gradient) const {
    Sum total(0.0);
    const S scale = S(Real(1) / static_cast<Real>(data.n));
    KGON_UNROLL
    for (int p = 0; p < Layout::parameters; ++p) gradient[p] = S(Real(0));
    KGON_NO_UNROLL_ON_DEVICE
    for (int i = 0; i < C; ++i) {
      const std::uint32_t first_bin = static_cast<std::uint32_t>(i) << data.bin_bits;
      const std::uint32_t end_bin = static_cast<std::uint32_t>(i + 1) << data.bin_bits;
      const Word begin = data.at(data.bins, Word(first_bin));
      const Word end = data.at(data.bins, Word(end_bin));
      const Ends ends{begin,
                      end,
                      data.at(data.sum1, begin),
                      data.at(data.sum1, end),
                      data.at(data.sum2, begin),
                      data.at(data.sum2, end)};
      Word edges[C];
      first_crossings(w, data, i, first_bin, edges);
      KGON_NO_UNROLL_ON_DEVICE
      for (int j = 0; j < C; ++j) {
        total = total + widen(add_pair(w, data, i, j, ends, edges[j], scale, gradient));
      }
    }
    return total * Sum(1.0 / data.n);
  }

 private:
  struct Ends {
    Word begin, end;
    Sum begin1, end1, begin2, end2;
  };

  // Adds the (i, j) term to the gradient and returns its part of n L_n.
  KGON_FUNCTION S add_pair(const S* w, const SortedSamples<Word>& data, int i, int j,
                           const Ends& ends, Word edge, S scale, S* gradient) const {
    const bool same = i == j;
    const S zero(Real(0));
    const S dot = column_dot<H, C>(w, i, j, zero);
    const S difference = same ? column_dot<H, C>(w, i, j, S(Real(1))) : dot;
    const S bias = w[Layout::bias(j)];
    const auto falling = dot < zero;
    const Sum edge1 = data.at(data.sum1, edge), edge2 = data.at(data.sum2, edge);
    const auto words = word_mask<S>(falling);
    const S count = to_scalar<S>(select(words, edge - ends.begin, ends.end - edge));
    const S sum1 = select(falling, narrow<S>(edge1 - ends.begin1), narrow<S>(ends.end1 - edge1));
    const S sum2 = select(falling, narrow<S>(edge2 - ends.begin2), narrow<S>(ends.end2 - edge2));
    const S by_bias = fma(difference, sum1, bias * count);
    const S by_dot = fma(difference, sum2, bias * sum1);
    add_dot_gradient<H, C>(w, i, j, S(Real(2)) * scale * by_dot, gradient);
    gradient[Layout::bias(j)] = fma(S(Real(2)) * scale, by_bias, gradient[Layout::bias(j)]);
    const S active = fma(difference, by_dot, bias * by_bias);
    return same ? active + (narrow<S>(ends.end2 - ends.begin2) - sum2) : active;
  }

  // edges[j]: first k of feature i's samples whose unit j fires (rising) or falls silent (falling);
  // their end if none. fma is monotone in mu, so this splits the samples exactly as a loop over
  // them does. The searches for all j go side by side, because each waits for its gathers.
  KGON_FUNCTION void first_crossings(const S* w, const SortedSamples<Word>& data, int i,
                                     std::uint32_t first_bin, Word* edges) const {
    S dot[C];
    Word length[C], longest(0u);
    const Word last(data.n - 1), zero(0u), one(1u);
    KGON_UNROLL_IN_PART
    for (int j = 0; j < C; ++j) {
      dot[j] = column_dot<H, C>(w, i, j, S(Real(0)));
      edges[j] = bracket(data, first_bin, dot[j], w[Layout::bias(j)], length[j]);
      longest = longest | length[j];
    }
    // Without the name GCC would unroll this loop as the one inside of it.
    bool is_open = any(longest > one);
    KGON_NO_UNROLL
    while (is_open) {
      longest = zero;
      KGON_UNROLL_IN_PART
      for (int j = 0; j < C; ++j) {
        const Word half = length[j] >> 1;
        const Word probe = edges[j] + half;
        // An empty bracket may end the samples: it looks at the last one, for nothing.
        const auto beyond = crossed(data, minimum(probe, last), dot[j], w[Layout::bias(j)]);
        edges[j] = select(beyond, edges[j], probe);
        length[j] = length[j] - half;
        longest = longest | length[j];
      }
      is_open = any(longest > one);
    }
    KGON_UNROLL_IN_PART
    for (int j = 0; j < C; ++j) {
      const auto beyond = crossed(data, minimum(edges[j], last), dot[j], w[Layout::bias(j)]);
      edges[j] = edges[j] + select(beyond, zero, length[j]);
    }
  }

  // The bins around the threshold -b / a, which fma crosses to within rounding: the first sample of
  // a range that holds the first crossing or ends at it, and the range's length.
  KGON_FUNCTION Word bracket(const SortedSamples<Word>& data, std::uint32_t first_bin, S dot,
                             S bias, Word& length) const {
    const S zero(Real(0)), one(Real(1));
    const auto sloped = (dot > zero) | (dot < zero);
    const S flat = select(bias > zero, zero, one);
    const S crossing = select(sloped, clamp_unit(-bias / dot), flat);
    // Of a bin; the threshold is off by less than 2^-7 of it, as bins are wider than 2^-16.
    const S slack(Real(1.0 / 64));
    const std::uint32_t count = 1u << data.bin_bits;
    const S position = crossing * to_scalar<S>(Word(count));
    const S low = position - slack;
    const Word from = to_word(select(low > zero, low, zero));
    const Word to = to_word(position + slack) + Word(1u);
    const Word start = data.at(data.bins, Word(first_bin) + from);
    length = data.at(data.bins, Word(first_bin) + minimum(to, Word(count))) - start;
    return start;
  }

  KGON_FUNCTION auto crossed(const SortedSamples<Word>& data, Word k, S dot, S bias) const {
    const S magnitude = sample_magnitude<S>(data.at(data.samples, k));
    return word_mask<S>((fma(magnitude, dot, bias) > S(Real(0))) ^ (dot < S(Real(0))));
  }
};

}  // namespace kgon::tms
