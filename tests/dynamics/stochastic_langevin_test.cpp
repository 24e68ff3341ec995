// Minibatch Langevin on a model of one parameter, where its stationary law is known exactly.
#include "kgon/dynamics/stochastic_langevin.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kgon/dynamics/minibatch_indices.hpp"
#include "kgon/math/pack.hpp"
#include "support/quadratic_model.hpp"
#include "support/statistics.hpp"
#include "support/streams.hpp"

namespace kgon {
namespace {

using test::Quadratic;

constexpr double nbeta = 8, localization = 3, step_size = 0.05, center = 0.2;
constexpr std::uint32_t batch = 7;

// Sample k of a data set of 97 samples.
template <class W>
struct Table {
  W operator()(W index) const { return (index * W(44'278'013u)) ^ W(0x5bd1e995u); }
};
constexpr std::uint32_t size = 97;

struct Moments {
  double mean, variance;
};

Moments data_moments() {
  double sum = 0, squares = 0;
  for (std::uint32_t k = 0; k < size; ++k) {
    const double x = Quadratic::value<double>(Table<std::uint32_t>{}(k));
    sum += x;
    squares += x * x;
  }
  const double mean = sum / size;
  return {mean, squares / size - mean * mean};
}

// Batches drawn with replacement have mean m and variance v / B, so
//   w' = w - (eps / 2) (2 nbeta (w - m_B) + gamma (w - c)) + sqrt(eps) z
// is autoregressive: the factor a = 1 - (eps / 2) (2 nbeta + gamma), and noise of variance
// eps + (eps nbeta)^2 v / B.
Moments stationary(double noise_weight = 1) {
  const Moments data = data_moments();
  const double precision = 2 * nbeta + localization, a = 1 - step_size / 2 * precision;
  const double noise =
      step_size + std::pow(step_size * nbeta, 2) * data.variance / batch * noise_weight;
  return {(2 * nbeta * data.mean + localization * center) / precision, noise / (1 - a * a)};
}

template <class S>
std::vector<double> final_states(int chains, double scale) {
  using W = WordOf<S>;
  using Real = RealOf<S>;
  std::vector<double> finals;
  for (int first = 0; first < chains; first += test::lanes_of<S>) {
    const auto stream = test::stream_of_lanes<W>(1, static_cast<std::uint64_t>(first));
    MinibatchDraws<ReplacementIndices<W>, Table<W>> draws{{stream, index_law(size), batch, 0}, {}};
    const StochasticLangevinStep<Quadratic, S> step{S(static_cast<Real>(step_size / 2)),
                                                    S(static_cast<Real>(std::sqrt(step_size))),
                                                    S(Real(1e6)),
                                                    S(static_cast<Real>(2 * nbeta / batch * scale)),
                                                    S(static_cast<Real>(localization)),
                                                    batch};
    ChainState<S, 1> state{};
    state.parameters[0] = S(static_cast<Real>(center));
    state.alive = S(Real(0)) == S(Real(0));
    Quadratic::Columns columns, inputs;
    LocalEntries<S, 1> normals;
    const ChainNoise<S, 1> noise{stream, Purpose::chain_noise};
    const auto at = [](int) { return S(static_cast<Real>(center)); };
    S none;
    for (std::uint64_t t = 0; t < 40; ++t)
      step.template step<false>(state, at, noise, t, draws, columns, inputs, normals, none);
    for (int l = 0; l < test::lanes_of<S>; ++l)
      finals.push_back(static_cast<double>(test::lane(state.parameters[0], l)));
  }
  return finals;
}

// z-scores of the mean and of the variance of final states.
std::vector<double> scores(const std::vector<double>& finals, const Moments& law) {
  double sum = 0, squares = 0;
  for (const double w : finals) {
    sum += w;
    squares += (w - law.mean) * (w - law.mean);
  }
  return {test::mean_z(sum, finals.size(), law.mean, law.variance),
          test::mean_z(squares, finals.size(), law.variance, 2 * law.variance * law.variance)};
}

TEST(StochasticLangevin, HasItsStationaryLaw) {
  EXPECT_LT(std::abs(test::worst(scores(final_states<double>(40000, 1), stationary()))),
            test::z_bound);
  using S = Pack<float, 4>;
  EXPECT_LT(std::abs(test::worst(scores(final_states<S>(40000, 1), stationary()))), test::z_bound);
}

// The checks see the noise of the minibatches, and a gradient that is a sum and not a mean.
TEST(StochasticLangevin, ChecksHavePower) {
  EXPECT_GT(std::abs(test::worst(scores(final_states<double>(40000, 1), stationary(0)))),
            test::z_bound);
  EXPECT_GT(std::abs(test::worst(scores(final_states<double>(40000, 0.5), stationary()))),
            test::z_bound);
}

// The minibatch's loss is that of the parameters before the update.
TEST(StochasticLangevin, GivesTheLossBeforeTheUpdate) {
  const auto stream = test::stream(1, 0);
  const auto draws_of = [&] {
    return MinibatchDraws<ReplacementIndices<std::uint32_t>, Table<std::uint32_t>>{
        {stream, index_law(size), batch, 0}, {}};
  };
  auto draws = draws_of(), again = draws_of();
  const StochasticLangevinStep<Quadratic, double> step{0.01, 0.1, 1e6, 1, 1, batch};
  ChainState<double, 1> state{};
  state.parameters[0] = 0.7;
  state.alive = true;
  Quadratic::Columns columns, inputs;
  LocalEntries<double, 1> normals;
  const ChainNoise<double, 1> noise{stream, Purpose::chain_noise};
  const auto at = [](int) { return center; };
  double loss = 0, expected = 0;
  step.step<true>(state, at, noise, 0, draws, columns, inputs, normals, loss);
  again.begin_step();
  for (std::uint32_t k = 0; k < batch; k += 4) {
    std::uint32_t samples[4];
    again.next(samples, static_cast<int>(std::min(4u, batch - k)));
    for (std::uint32_t g = 0; g < std::min(4u, batch - k); ++g)
      expected += std::pow(0.7 - Quadratic::value<double>(samples[g]), 2);
  }
  EXPECT_NEAR(loss, expected, 1e-14);
  EXPECT_NE(state.parameters[0], 0.7);
}

}  // namespace
}  // namespace kgon
