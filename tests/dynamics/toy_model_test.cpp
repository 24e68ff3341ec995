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
#include "support/quadratic_model.hpp"
#include "support/streams.hpp"

namespace kgon {
namespace {

using test::Quadratic;

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
