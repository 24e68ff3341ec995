// A data set sorted by feature and magnitude, with what an exact gradient looks up in it.
#pragma once

#include "kgon/math/scalar.hpp"

namespace kgon::tms {

// A bin of mu is at least 2^-17 wide: 16 times what a threshold in float is off by, see
// `bracket_slack`.
inline constexpr int max_bin_bits = 17;

// A threshold lies less than 1 / 16 of a bin beside where float puts it: 2^-22 of 2^17 bins where
// approximate_quotient is off by 2 ulp, and half an ulp of 2^17.
inline constexpr std::uint32_t bracket_slack = 16;

// How many samples a bracket holds, in the low bits of its word; the largest number stands for all
// that the feature has from its first on.
inline constexpr int bracket_length_bits = 5;
inline constexpr std::uint32_t open_bracket = (1u << bracket_length_bits) - 1;

// Where the threshold is if it falls into a bin: one of the samples, or behind the last.
struct alignas(8) Bracket {
  std::uint32_t first;  // its first sample, counted from the feature's first, and their number
  float second;         // mu of that sample
};

struct alignas(8) SumPair {
  float first, second;  // sums of mu and of mu^2
};

// One data set for all lanes.
struct SortedSamples {
  std::uint32_t n;               // at most 2^27
  const std::uint32_t* samples;  // [n] ascending, so by feature, then mu
  const float* magnitudes;       // [n + 1] mu of each, exact; the last is nobody's
  const std::uint32_t* starts;   // [features + 1] index of the first sample of each feature
  // [features, 2^bin_bits + 2] for thresholds below 0, in each of 2^bin_bits equal bins of [0, 1),
  // and from 1 on; 0 <= bin_bits <= max_bin_bits.
  const Bracket* brackets;
  int bin_bits;
  // Sums for chains in float: [n + features, 2] of feature i's samples before k and of those from k
  // on, at k + i; made in double, rounded once. Null where chains are in double.
  const SumPair* sides;
  // For double: [n + 1] sums of mu and of mu^2 over all samples before k. Null on a device where
  // chains are in float.
  const double* sum1;
  const double* sum2;
};

// The sums over the samples of feature i on one side of sample `edge`.
template <class S, class Real = RealOf<S>>
struct SideSums;

template <class S>
struct SideSums<S, float> {
  using Word = WordOf<S>;
  const SumPair* sides;
  float all_second;

  KGON_FUNCTION SideSums(const SortedSamples& data, int i)
      : sides(data.sides + 2 * i), all_second(sides[2 * data.starts[i] + 1].second) {}

  // before: of those before it, else of it and those behind it.
  KGON_FUNCTION void operator()(MaskOf<S> before, Word edge, S& sum1, S& sum2) const {
    const Word side = select(word_mask<S>(before), Word(0u), Word(1u));
    gather_two(sides, (edge << 1) + side, sum1, sum2);
  }
};

template <class S>
struct SideSums<S, double> {
  using Word = WordOf<S>;
  const double *table1, *table2;
  double begin1, end1, begin2, end2, all_second;

  KGON_FUNCTION SideSums(const SortedSamples& data, int i)
      : table1(data.sum1),
        table2(data.sum2),
        begin1(table1[data.starts[i]]),
        end1(table1[data.starts[i + 1]]),
        begin2(table2[data.starts[i]]),
        end2(table2[data.starts[i + 1]]),
        all_second(end2 - begin2) {}

  KGON_FUNCTION void operator()(MaskOf<S> before, Word edge, S& sum1, S& sum2) const {
    const S edge1 = gather(table1, edge), edge2 = gather(table2, edge);
    sum1 = select(before, edge1 - S(begin1), S(end1) - edge1);
    sum2 = select(before, edge2 - S(begin2), S(end2) - edge2);
  }
};

}  // namespace kgon::tms
