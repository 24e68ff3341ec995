// A model that is not TMS, with one parameter, whose laws are known exactly.
#pragma once

#include <cstdint>

#include "kgon/math/scalar.hpp"
#include "kgon/model/concept.hpp"
#include "kgon/rng/purpose.hpp"

namespace kgon::test {

// One parameter w, samples x uniform on (0, 1], loss (w - x)^2.
struct Quadratic {
  static constexpr int parameters = 1;
  static constexpr int column_entries = 0;

  template <class S>
  struct Population {
    S operator()(const S* w, S* gradient) const {
      const S off = w[0] - S(RealOf<S>(0.5));
      gradient[0] = S(RealOf<S>(2)) * off;
      return fma(off, off, S(RealOf<S>(1.0 / 12)));
    }
  };
  template <class S>
  using UnrolledPopulation = Population<S>;
  template <class S, class Columns>
  struct Minibatch {
    S sum;
    Minibatch(Columns&, Columns&) : sum(RealOf<S>(0)) {}
    template <int Group>
    void add(const S* w, const WordOf<S> (&samples)[Group]) {
      for (int g = 0; g < Group; ++g) sum = sum + (w[0] - value<S>(samples[g]));
    }
    S total(int) const { return sum; }
  };
  template <class S, class Columns, bool WithLoss>
  struct ChainMinibatch : Minibatch<S, Columns> {
    S loss;
    ChainMinibatch(Columns& columns, Columns& inputs)
        : Minibatch<S, Columns>(columns, inputs), loss(RealOf<S>(0)) {}
    template <int Group>
    void add(const S* w, const WordOf<S> (&samples)[Group]) {
      Minibatch<S, Columns>::template add<Group>(w, samples);
      for (int g = 0; g < Group; ++g) {
        const S off = w[0] - value<S>(samples[g]);
        loss = fma(off, off, loss);
      }
    }
  };
  template <class S>
  static S value(WordOf<S> sample) {
    return to_scalar<S>(sample >> 8) * S(static_cast<RealOf<S>>(1.0 / (1 << 24)));
  }
  struct Columns {
    template <class S>
    void set(int, S) {}
  };
  template <class W>
  using Samples = const W*;
  using SortedData = const std::uint32_t*;
  struct Classifier {};
  struct Observation {};
  struct Levels {};
  struct Generator {
    StreamId<std::uint32_t> stream;
    std::uint32_t operator()(std::uint32_t k) const {
      return philox(stream, Purpose::data, k / 4).word[k % 4];
    }
  };
  static Generator generator(const StreamId<std::uint32_t>& stream) { return {stream}; }
};

}  // namespace kgon::test
