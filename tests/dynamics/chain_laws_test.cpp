// The samplers against the exact laws of a Gaussian well, and the same checks against samplers with
// a planted mistake, which they must refuse.
//
// Every check is on final states of independent chains, so the variance of its statistic is known
// and nothing is estimated from the chains themselves. The directions have relaxation times of at
// most 2 / (epsilon k) = 20 steps: after 240 steps what is left of the start is below 1e-5.
#include <gtest/gtest.h>

#include "gaussian_well.hpp"
#include "kgon/math/pack.hpp"

namespace kgon {
namespace {

using test::run_chains;
using test::variance_scores;
using test::well_posterior;
using test::well_precision;
using test::well_size;
using test::worst;
using test::z_bound;

constexpr double epsilon = 0.09;
constexpr int chains = 4096, steps = 240;

template <class S, bool Adjusted>
LangevinStep<S, well_size> langevin(double step_size, double noise_scale = 1) {
  using Real = RealOf<S>;
  return {S(static_cast<Real>(step_size / 2)),
          S(static_cast<Real>(std::sqrt(step_size) * noise_scale)), S(Real(1e6)), Adjusted};
}

// 1 / (k (1 - epsilon k / 4)): w' = (1 - epsilon k / 2) w + sqrt(epsilon) z is autoregressive.
test::Variances unadjusted_variances() {
  test::Variances v;
  for (int p = 0; p < well_size; ++p) {
    const double k = well_precision(p);
    v[static_cast<std::size_t>(p)] = 1 / (k * (1 - epsilon * k / 4));
  }
  return v;
}
test::Variances exact_variances() {
  test::Variances v;
  for (int p = 0; p < well_size; ++p) v[static_cast<std::size_t>(p)] = 1 / well_precision(p);
  return v;
}

template <class S, class Step>
double worst_score(const Step& step, const test::Variances& expected,
                   const test::WellPosterior<S>& posterior = well_posterior<S>(),
                   int count = steps) {
  return worst(variance_scores(run_chains<S>(1, chains, count, posterior, step), expected));
}

template <class S>
struct LeapfrogSteps {
  double step_size;
  template <class Posterior, class Entries>
  ChainMove<S> operator()(ChainState<S, well_size>& state, const Posterior& posterior,
                          const ChainNoise<S, well_size>& noise, std::uint64_t t,
                          Entries& scratch) const {
    const auto count = leapfrog_count(5, Purpose::leapfrog_count, t, 8);
    const HamiltonianStep<S, well_size> step{S(static_cast<RealOf<S>>(step_size)), count};
    return step(state, posterior, noise, t, scratch);
  }
};

TEST(ChainLaws, UnadjustedLangevinHasTheDiscretisedVariance) {
  EXPECT_LT(std::abs(worst_score<double>(langevin<double, false>(epsilon), unadjusted_variances())),
            z_bound);
  using S = Pack<float, 8>;
  EXPECT_LT(std::abs(worst_score<S>(langevin<S, false>(epsilon), unadjusted_variances())), z_bound);
}

TEST(ChainLaws, MalaHasTheExactVariance) {
  EXPECT_LT(std::abs(worst_score<double>(langevin<double, true>(epsilon), exact_variances())),
            z_bound);
  using S = Pack<float, 8>;
  EXPECT_LT(std::abs(worst_score<S>(langevin<S, true>(epsilon), exact_variances())), z_bound);
}

TEST(ChainLaws, HamiltonianHasTheExactVariance) {
  EXPECT_LT(std::abs(worst_score<double>(LeapfrogSteps<double>{0.35}, exact_variances(),
                                         well_posterior<double>(), 40)),
            z_bound);
  using S = Pack<float, 8>;
  EXPECT_LT(
      std::abs(worst_score<S>(LeapfrogSteps<S>{0.35}, exact_variances(), well_posterior<S>(), 40)),
      z_bound);
}

// The two laws are far enough apart for these checks to tell.
TEST(ChainLaws, UnadjustedLangevinIsNotExact) {
  EXPECT_GT(std::abs(worst_score<double>(langevin<double, false>(epsilon), exact_variances())),
            z_bound);
}

// A sampler whose step sees something else than it should.
template <class Inner, class Change>
struct Changed {
  Inner inner;
  Change change;
  template <class State, class Posterior, class Noise, class Entries>
  auto operator()(State& state, const Posterior& posterior, const Noise& noise, std::uint64_t t,
                  Entries& scratch) const {
    return change(inner, state, posterior, noise, t, scratch);
  }
};
template <class Inner, class Change>
Changed(Inner, Change) -> Changed<Inner, Change>;

TEST(PlantedBugs, NoiseThreePercentTooLoud) {
  EXPECT_GT(
      std::abs(worst_score<double>(langevin<double, false>(epsilon, 1.03), unadjusted_variances())),
      z_bound);
}

TEST(PlantedBugs, MissingHalfInTheDrift) {
  auto step = langevin<double, false>(epsilon);
  step.half_step = epsilon;
  EXPECT_GT(std::abs(worst_score<double>(step, unadjusted_variances())), z_bound);
}

TEST(PlantedBugs, CountersUsedTwice) {
  const Changed step{
      langevin<double, false>(epsilon),
      [](const auto& inner, auto& state, const auto& posterior, const auto& noise, std::uint64_t t,
         auto& scratch) { return inner(state, posterior, noise, t / 2, scratch); }};
  EXPECT_GT(std::abs(worst_score<double>(step, unadjusted_variances())), z_bound);
}

// Two chains with one counter: their final states coincide.
TEST(PlantedBugs, CountersSharedBetweenChains) {
  const auto finals =
      run_chains<double>(1, 2, steps, well_posterior<double>(), langevin<double, false>(epsilon));
  EXPECT_NE(finals[0], finals[1]);
  const Changed step{langevin<double, false>(epsilon),
                     [](const auto& inner, auto& state, const auto& posterior, const auto& noise,
                        std::uint64_t t, auto& scratch) {
                       auto first = noise;
                       first.stream = test::stream(1, 0);
                       return inner(state, posterior, first, t, scratch);
                     }};
  const auto shared = run_chains<double>(1, 2, steps, well_posterior<double>(), step);
  EXPECT_EQ(shared[0], shared[1]);
  EXPECT_GT(std::abs(worst_score<double>(step, unadjusted_variances())), z_bound);
}

// n beta = n where n / log n was meant: 40 log 40 for 40.
TEST(PlantedBugs, NInPlaceOfNBeta) {
  const auto posterior = well_posterior<double>(test::well_nbeta * std::log(test::well_nbeta));
  const auto step = langevin<double, true>(epsilon / 2);
  EXPECT_LT(std::abs(worst_score<double>(step, exact_variances(), well_posterior<double>(), 480)),
            z_bound);
  EXPECT_GT(std::abs(worst_score<double>(step, exact_variances(), posterior, 480)), z_bound);
}

TEST(PlantedBugs, LocalizationWithTheWrongSign) {
  const auto posterior = well_posterior<double>(test::well_nbeta, -test::well_localization);
  EXPECT_GT(std::abs(worst_score<double>(langevin<double, false>(epsilon), unadjusted_variances(),
                                         posterior)),
            z_bound);
}

// MALA whose acceptance leaves out the proposal's ratio: exp(U - U') alone.
struct UncorrectedStep {
  template <class Posterior, class Entries>
  void operator()(ChainState<double, well_size>& state, const Posterior& posterior,
                  const ChainNoise<double, well_size>& noise, std::uint64_t t,
                  Entries& scratch) const {
    const auto before = state;
    LocalEntries<double, well_size> unused;
    const double log_uniform = noise(t, unused);
    langevin<double, false>(epsilon)(state, posterior, noise, t, scratch);
    if (!(log_uniform < before.energy - state.energy)) state = before;
  }
};

TEST(PlantedBugs, AcceptanceWithoutTheProposalsRatio) {
  EXPECT_GT(std::abs(worst_score<double>(UncorrectedStep{}, exact_variances())), z_bound);
}

// Momenta that are not refreshed leave every chain on its first energy shell.
TEST(PlantedBugs, MomentaNotRefreshed) {
  const Changed step{
      LeapfrogSteps<double>{0.35},
      [](const auto& inner, auto& state, const auto& posterior, const auto& noise, std::uint64_t,
         auto& scratch) { return inner(state, posterior, noise, 0, scratch); }};
  EXPECT_GT(std::abs(worst_score<double>(step, exact_variances(), well_posterior<double>(), 40)),
            z_bound);
}

// What a Metropolis test would have said of an unadjusted chain: about as often yes as MALA's own.
TEST(ChainLaws, UnadjustedChainsReportTheAcceptanceOfATest) {
  const auto acceptance = [](const auto& step) {
    ChainState<double, well_size> state{};
    for (int p = 0; p < well_size; ++p) state.parameters[p] = test::WellCenter<double>{}(p);
    state.alive = true;
    const auto posterior = well_posterior<double>();
    enter(state, posterior);
    const ChainNoise<double, well_size> noise{test::stream(1, 0), Purpose::chain_noise};
    LocalEntries<double, 3 * well_size> scratch;
    int accepted = 0;
    for (std::uint64_t t = 0; t < 20000; ++t)
      accepted += step(state, posterior, noise, t, scratch).accepted ? 1 : 0;
    return accepted / 20000.0;
  };
  const double adjusted = acceptance(langevin<double, true>(epsilon));
  const double unadjusted = acceptance(langevin<double, false>(epsilon));
  EXPECT_NEAR(unadjusted, adjusted, 0.05);
  EXPECT_GT(adjusted, 0.5);
  EXPECT_LT(adjusted, 0.99);
  EXPECT_GT(acceptance(langevin<double, false>(epsilon / 20)), 0.98);
}

TEST(Chains, AnUnadjustedLaneThatBlowsUpStaysWhereItWas) {
  using S = Pack<double, 4>;
  auto step = langevin<S, false>(epsilon);
  test::set_lane(step.half_step, 2, 50.0);  // far beyond the 2 / k where the chain is stable
  ChainState<S, well_size> state{}, calm{};
  for (auto* each : {&state, &calm}) {
    for (int p = 0; p < well_size; ++p) each->parameters[p] = test::WellCenter<S>{}(p);
    each->alive = S(0.0) == S(0.0);
    enter(*each, well_posterior<S>());
  }
  const ChainNoise<S, well_size> noise{test::stream_of_lanes<WordOf<S>>(1, 0),
                                       Purpose::chain_noise};
  LocalEntries<S, 3 * well_size> scratch;
  int failures = 0;
  double last = 0;
  for (std::uint64_t t = 0; t < 100; ++t) {
    const auto move = step(state, well_posterior<S>(), noise, t, scratch);
    langevin<S, false>(epsilon)(calm, well_posterior<S>(), noise, t, scratch);
    if (!move.any_failed) continue;
    ++failures;
    EXPECT_TRUE(test::holds(state.failed_now, 2));
    EXPECT_FALSE(test::holds(state.alive, 2));
    EXPECT_GE(test::lane(state.failed_norm2, 2), 1e6);
    last = test::lane(state.parameters[3], 2);
  }
  EXPECT_EQ(failures, 1);
  EXPECT_EQ(test::lane(state.parameters[3], 2), last);
  EXPECT_LT(std::abs(last), 1e3);
  for (const int l : {0, 1, 3}) {
    for (int p = 0; p < well_size; ++p)
      EXPECT_EQ(test::lane(state.parameters[p], l), test::lane(calm.parameters[p], l));
  }
}

template <class Step>
void expect_lanes_are_chains(const Step& packed, const auto& scalar) {
  using S = Pack<float, 8>;
  const auto together = run_chains<S>(3, 8, 25, well_posterior<S>(), packed);
  const auto alone = run_chains<float>(3, 8, 25, well_posterior<float>(), scalar);
  EXPECT_EQ(together, alone);
}

TEST(Chains, LanesHaveTheBitsOfScalars) {
  using S = Pack<float, 8>;
  expect_lanes_are_chains(langevin<S, false>(epsilon), langevin<float, false>(epsilon));
  expect_lanes_are_chains(langevin<S, true>(epsilon), langevin<float, true>(epsilon));
  expect_lanes_are_chains(LeapfrogSteps<S>{0.35}, LeapfrogSteps<float>{0.35});
}

}  // namespace
}  // namespace kgon
