// The random numbers of one step of a chain.
#pragma once

#include <cstdint>

#include "kgon/rng/distributions.hpp"

namespace kgon {

// A standard normal for each of P parameters and the logarithm of a uniform on (0, 1], all from
// `blocks` Philox blocks of a step's own: a pure function of (chain, step).
template <class S, int P>
struct ChainNoise {
  static constexpr int normal_words = (P + 1) / 2 * 2;
  static constexpr int blocks = normal_words / 4 + 1;

  StreamId<WordOf<S>> stream;
  Purpose purpose;

  // normals: entry p is set to the p-th normal. Returns the logarithm of the uniform.
  template <class Entries>
  KGON_FUNCTION S operator()(std::uint64_t step, Entries& normals) const {
    KGON_NO_UNROLL
    for (int q = 0; q + 1 < blocks; ++q) {
      const Words4<WordOf<S>> words = philox(stream, purpose, block(step, q));
      set_pair(normals, 4 * q, words.word[0], words.word[1]);
      set_pair(normals, 4 * q + 2, words.word[2], words.word[3]);
    }
    const Words4<WordOf<S>> words = philox(stream, purpose, block(step, blocks - 1));
    constexpr int rest = normal_words % 4;  // 0 or 2
    if constexpr (rest == 2) set_pair(normals, normal_words - 2, words.word[0], words.word[1]);
    return natural_log(uniform<S>(words.word[rest]));
  }

 private:
  static KGON_FUNCTION std::uint64_t block(std::uint64_t step, int q) {
    return step * blocks + static_cast<std::uint64_t>(q);
  }
  template <class Entries>
  static KGON_FUNCTION void set_pair(Entries& normals, int p, WordOf<S> radius, WordOf<S> angle) {
    S first, second;
    normal_pair<S>(radius, angle, first, second);
    normals.set(p, first);
    if (p + 1 < P) normals.set(p + 1, second);
  }
};

// The call of a ChainNoise, which all samplers share.
template <class S, int P, class Entries>
KGON_ONE_COPY void draw_noise(const ChainNoise<S, P>& noise, std::uint64_t step, Entries& normals,
                              S& log_uniform) {
  log_uniform = noise(step, normals);
}

}  // namespace kgon
