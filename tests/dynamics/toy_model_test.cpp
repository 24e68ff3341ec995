// A model that is not TMS: dynamics know models through the concept alone.
#include <gtest/gtest.h>

#include <cmath>

#include "kgon/dynamics/minibatch_indices.hpp"
#include "kgon/dynamics/sgd.hpp"
#include "kgon/math/pack.hpp"
#include "kgon/model/concept.hpp"
#include "kgon/rng/purpose.hpp"
#include "support/fixed_draws.hpp"
#include "support/lanes.hpp"
#include "support/streams.hpp"

namespace kgon {
namespace {

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
  template <class W>
  using SortedData = const W*;
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

static_assert(TrainableModel<Quadratic>);

TEST(ToyModel, PopulationStepFindsTheMean) {
  const PopulationStep<Quadratic, double> step{{-0.1, 1e6}};
  SgdState<double, 1> state{{3.0}, true, false, 0};
  double expected = 3;
  for (int t = 0; t < 200; ++t) {
    EXPECT_FALSE(step(state));
    expected -= 0.1 * 2 * (expected - 0.5);
    EXPECT_NEAR(state.parameters[0], expected, 1e-14);
  }
  EXPECT_NEAR(state.parameters[0], 0.5, 1e-12);
}

template <class S>
S after_sgd(std::uint64_t member) {
  using W = WordOf<S>;
  using Real = RealOf<S>;
  const auto stream = test::stream_of_lanes<W>(1, member);
  // Every lane's own samples: those that its generator gives.
  const auto sample = [&](W index) {
    W samples = index;
    for (int l = 0; l < test::lanes_of<S>; ++l) {
      const auto own = Quadratic::generator(test::stream(1, member + static_cast<unsigned>(l)));
      test::set_lane(samples, l, own(test::lane(index, l)));
    }
    return samples;
  };
  MinibatchDraws<ReplacementIndices<W>, decltype(sample)> draws{{stream, index_law(100), 7, 0},
                                                                sample};
  const SgdStep<Quadratic, S, 4, 2> step{{S(static_cast<Real>(-2 * 0.05 / 7)), S(Real(1e6))}, 7};
  SgdState<S, 1> state{};
  state.parameters[0] = S(Real(3));
  state.alive = S(Real(0)) == S(Real(0));
  Quadratic::Columns columns, inputs;
  for (int t = 0; t < 300; ++t) {
    draws.begin_step();
    EXPECT_FALSE(step(state, draws, columns, inputs));
  }
  return state.parameters[0];
}

TEST(ToyModel, SgdFindsTheMeanOfTheSamples) {
  const auto own = Quadratic::generator(test::stream(1, 0));
  double mean = 0;
  for (std::uint32_t k = 0; k < 100; ++k) mean += Quadratic::value<double>(own(k)) / 100;
  // Stationary spread: sqrt(lr / (2 - 2 lr) * variance / batch) with rate 2 lr = 0.1, 0.025 here.
  EXPECT_NEAR(after_sgd<double>(0), mean, 4.5 * 0.025);
}

TEST(ToyModel, LanesAreMembers) {
  const auto pack = after_sgd<Pack<float, 4>>(10);
  for (int l = 0; l < 4; ++l) {
    EXPECT_EQ(test::lane(pack, l), after_sgd<float>(10 + static_cast<std::uint64_t>(l)));
  }
}

}  // namespace
}  // namespace kgon
