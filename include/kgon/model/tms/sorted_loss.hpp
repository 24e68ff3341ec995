// Exact empirical loss and gradient in O(c^2 log n): sort the samples of each feature once, keep
// prefix sums of mu and mu^2; every (i, j) pair needs the sums over one side of a threshold.
#pragma once

#include "kgon/model/tms/shape.hpp"
#include "kgon/model/tms/sorted_samples.hpp"

namespace kgon::tms {

// InRegisters: whether a device unrolls all of it, in three times the code, so that w and gradient
// need no memory.
template <class S, int H, int C, bool InRegisters = device_turns<S, H * C + C> == H* C + C>
struct SortedLoss {
  using Layout = Shape<H, C>;
  using Word = WordOf<S>;
  using Real = RealOf<S>;
  using Sum = WideOf<S>;
  static constexpr int pairs_at_once = InRegisters ? C : 1, searches_at_once = InRegisters ? C : 3;

  // w: [parameters]. Writes dL_n/dw to gradient: [parameters]; returns L_n, summed in double.
  KGON_FUNCTION Sum operator()(const S* w, const SortedSamples& data, S* gradient) const {
    Sum total(0.0);
    const S scale = S(Real(1) / static_cast<Real>(data.n));
    KGON_UNROLL
    for (int p = 0; p < Layout::parameters; ++p) gradient[p] = S(Real(0));
    KGON_UNROLL_ON_DEVICE_BY(pairs_at_once)
    for (int i = 0; i < C; ++i) {
      const SideSums<S> sums(data, i);
      Word edges[C];
      first_crossings(w, data, i, edges);
      KGON_UNROLL_ON_DEVICE_BY(pairs_at_once)
      for (int j = 0; j < C; ++j)
        total = total + widen(add_pair(w, data, sums, i, j, edges[j], scale, gradient));
      if constexpr (InRegisters) {
        settle(total);
        KGON_UNROLL
        for (int p = 0; p < Layout::parameters; ++p) settle(gradient[p]);
      }
    }
    return total * Sum(1.0 / data.n);
  }

 private:
  // Adds the (i, j) term to the gradient and returns its part of n L_n.
  KGON_FUNCTION S add_pair(const S* w, const SortedSamples& data, const SideSums<S>& sums, int i,
                           int j, Word edge, S scale, S* gradient) const {
    const bool same = i == j;
    const S zero(Real(0));
    const S dot = column_dot<H, C>(w, i, j, zero);
    const S difference = same ? column_dot<H, C>(w, i, j, S(Real(1))) : dot;
    const S bias = w[Layout::bias(j)];
    const auto falling = dot < zero;
    const Word before = edge - Word(data.starts[i]), behind = Word(data.starts[i + 1]) - edge;
    const S count = to_scalar<S>(select(word_mask<S>(falling), before, behind));
    S sum1, sum2;
    sums(falling, edge, sum1, sum2);
    const S by_bias = fma(difference, sum1, bias * count);
    const S by_dot = fma(difference, sum2, bias * sum1);
    add_dot_gradient<H, C>(w, i, j, S(Real(2)) * scale * by_dot, gradient);
    gradient[Layout::bias(j)] = fma(S(Real(2)) * scale, by_bias, gradient[Layout::bias(j)]);
    const S active = fma(difference, by_dot, bias * by_bias);
    return same ? active + (S(sums.all_second) - sum2) : active;
  }

  // edges[j]: first k of feature i's samples whose unit j fires (rising) or falls silent (falling);
  // their end if none. fma is monotone in mu, so this splits the samples exactly as a loop over
  // them does. The searches for all j go side by side, because each waits for its gathers.
  KGON_FUNCTION void first_crossings(const S* w, const SortedSamples& data, int i,
                                     Word* edges) const {
    S dot[C];
    Word left[C], longest(0u);
    KGON_DEVICE_UNROLL(searches_at_once)
    for (int j = 0; j < C; ++j) {
      dot[j] = column_dot<H, C>(w, i, j, S(Real(0)));
      edges[j] = behind_first(data, i, dot[j], w[Layout::bias(j)], left[j]);
      longest = longest | left[j];
    }
    if (any(longest > Word(0u))) search(w, data, dot, longest, left, edges);
  }

  // The first of the samples edges[j] ... edges[j] + left[j] - 1 beyond the threshold, or their
  // end.
  KGON_FUNCTION void search(const S* w, const SortedSamples& data, const S* dot, Word longest,
                            Word* left, Word* edges) const {
    const Word zero(0u), one(1u);
    // Without the name GCC would unroll this loop as the one inside of it.
    bool is_open = any(longest > one);
    KGON_NO_UNROLL
    while (is_open) {
      longest = zero;
      KGON_DEVICE_UNROLL(searches_at_once)
      for (int j = 0; j < C; ++j) {
        const Word half = left[j] >> 1;
        const Word probe = edges[j] + half;
        const auto beyond = crossed(data, probe, dot[j], w[Layout::bias(j)]);
        edges[j] = select(beyond, edges[j], probe);
        left[j] = left[j] - half;
        longest = longest | left[j];
      }
      is_open = any(longest > one);
    }
    KGON_DEVICE_UNROLL(searches_at_once)
    for (int j = 0; j < C; ++j) {
      const auto beyond = crossed(data, edges[j], dot[j], w[Layout::bias(j)]);
      edges[j] = edges[j] + select(beyond, zero, left[j]);
    }
  }

  // Of the bracket of the threshold: its first sample, or the second where the first is not beyond
  // the threshold, and how many follow it then.
  KGON_FUNCTION Word behind_first(const SortedSamples& data, int i, S dot, S bias,
                                  Word& left) const {
    const Bracket* brackets =
        data.brackets + static_cast<std::uint32_t>(i) * ((1u << data.bin_bits) + 2);
    Word range;
    FloatOf<S> magnitude;
    gather_two(brackets, bin(dot, bias, data.bin_bits), range, magnitude);
    const Word start = (range >> bracket_length_bits) + Word(data.starts[i]);
    const Word length = range & Word(open_bracket);
    const Word all = select(length == Word(open_bracket), Word(data.starts[i + 1]) - start, length);
    const auto beyond = crossed(promote<S>(magnitude), dot, bias);
    const Word behind = select(beyond, Word(0u), all);
    const Word step = minimum(behind, Word(1u));
    left = behind - step;
    return start + step;
  }

  // Of the threshold -bias / dot: 0 below 0, then the bins of [0, 1), then one from 1 on, which is
  // that of no threshold too.
  static KGON_FUNCTION Word bin(S dot, S bias, int bin_bits) {
    const S count(static_cast<Real>(1u << bin_bits)), below(Real(-1)), zero(Real(0));
    // Without the zero a dot of -0 would turn the sign of an infinite threshold.
    const S position = approximate_quotient(-bias, dot + zero) * count;
    const S capped = select(position < count, position, count);
    return to_word(select(capped > below, capped, below) + S(Real(1)));
  }

  KGON_FUNCTION auto crossed(const SortedSamples& data, Word k, S dot, S bias) const {
    return crossed(promote<S>(gather(data.magnitudes, k)), dot, bias);
  }

  static KGON_FUNCTION auto crossed(S magnitude, S dot, S bias) {
    return word_mask<S>((fma(magnitude, dot, bias) > S(Real(0))) ^ (dot < S(Real(0))));
  }
};

}  // namespace kgon::tms
