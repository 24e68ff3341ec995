// Uniforms, normals and unbiased indices from random words.
#pragma once

#include "kgon/math/elementary.hpp"
#include "kgon/rng/purpose.hpp"

namespace kgon {

// Uniform on (0, 1], never 0: (word rounded to the type) * 2^-32 + 2^-33, which in float is
// curand_uniform. Float can give exactly 1.
template <class S>
KGON_FUNCTION S uniform(WordOf<S> word) {
  using Word = WordOf<S>;
  const S high = to_scalar<S>(word >> 16);
  const S low = to_scalar<S>(word & Word(0xffffu));
  const S whole = fma(high, S(65536), low);
  constexpr double unit = 1.0 / 4294967296.0;
  return fma(whole, S(static_cast<RealOf<S>>(unit)), S(static_cast<RealOf<S>>(unit / 2)));
}

// Two independent standard normals from two words (Box and Muller 1958); |z| < 6.77. Float and
// double take the same words, so a double run starts where its float twin does.
template <class S>
KGON_FUNCTION void normal_pair(WordOf<S> radius_word, WordOf<S> angle_word, S& first, S& second) {
  S sine, cosine;
  sin_cos_turn<S>(angle_word, sine, cosine);
  const S radius = square_root(S(RealOf<S>(-2)) * natural_log(uniform<S>(radius_word)));
  first = radius * cosine;
  second = radius * sine;
}

// How indices in [0, n) are taken from words; n in 1..2^31. Small n take two from one word.
struct IndexLaw {
  std::uint32_t n;
  std::uint32_t threshold;  // 2^32 mod n, or mod n^2 for pairs
  bool paired;
};

// Above this n a pair would be rejected too often (n^2 / 2^32 = 0.4 % here).
inline constexpr std::uint32_t max_paired_index = 4096;

KGON_FUNCTION constexpr IndexLaw index_law(std::uint32_t n) {
  const bool paired = n <= max_paired_index;
  const std::uint32_t range = paired ? n * n : n;
  return {n, (0u - range) % range, paired};
}

// Unbiased indices (Lemire 2019, arXiv 1805.10941): word * n / 2^32, and for a pair the same again
// with the rest, which is word * n^2 / 2^32 written in base n. A lane whose last rest falls below
// the threshold is biased and takes the first words of the blocks (index_retry, 4 draw + 0..3) one
// by one instead; if all four are rejected too the last stands: less often than (n^2 / 2^32)^5
// for pairs, (n / 2^32)^5 for single indices.
template <class W>
struct IndexDraw {
  IndexLaw law;

  // The indices of one word: `first`, and `second` where the law is paired.
  KGON_FUNCTION void operator()(W word, const StreamId<W>& stream, std::uint64_t draw, W& first,
                                W& second) const {
    auto rejected = split(word, first, second) < W(law.threshold);
    for (std::uint32_t k = 0; k < 4 && any(rejected); ++k) {
      W again, again_second;
      const std::uint64_t block = purpose_block(Purpose::index_retry, draw * 4 + k);
      const W more = philox_compact(stream, block).word[0];
      const W rest = split(more, again, again_second);
      first = select(rejected, again, first);
      second = select(rejected, again_second, second);
      rejected = rejected & (rest < W(law.threshold));
    }
  }

 private:
  // Returns the rest.
  KGON_FUNCTION W split(W word, W& first, W& second) const {
    W rest;
    multiply_wide(word, law.n, rest, first);
    second = first;
    if (law.paired) multiply_wide(W(rest), law.n, rest, second);
    return rest;
  }
};

}  // namespace kgon
