// Constants of free energies that were made up.
#include "engine/free_energy_fit.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "engine/free_energy_theory.hpp"
#include "engine/laplace_constant.hpp"
#include "kgon/engine/catalogue.hpp"
#include "support/phases.hpp"
#include "support/word_source.hpp"

namespace kgon {
namespace {

using test::six;

constexpr double truth = -12, true_slope = 300;

double norm_of_six() {
  static const double norm = phase_theories({2, 6}).at(six).half_norm2;
  return norm;
}

// The runs and estimates of one study.
struct Posteriors {
  SamplePlan plan;
  std::vector<RunEstimate> estimates;
  // rest: F - n beta L_n(w*) - lambda log n.
  void add(std::uint32_t n, std::int64_t data_set, double rest, double se) {
    SampleRun& run = plan.runs.emplace_back();
    run.samples = n;
    run.population = data_set < 0;
    run.data_set = run.population ? 0 : static_cast<std::uint32_t>(data_set);
    RunEstimate& estimate = estimates.emplace_back();
    estimate.phases[six].occupancy = {0.5, 0.01};
    estimate.phases[six].free_energy = {1000 + rest, se};
    estimate.theory[six] = 1000 + norm_of_six();  // the formula has its own constant in it
  }
  std::vector<ConstantFit> fits() const { return fit_constants(plan, estimates); }
};

TEST(FreeEnergyFit, RecoversConstantAndSlope) {
  Posteriors posteriors;
  for (const std::uint32_t n : {100u, 200u, 400u, 800u})
    posteriors.add(n, -1, truth + true_slope / n, 0.1);
  for (SampleRun& run : posteriors.plan.runs) run.beta = 0.5;
  posteriors.estimates[3].phases[six].occupancy.value = 0.001;  // left out
  posteriors.estimates[3].phases[six].free_energy.value = 0;
  const auto fits = posteriors.fits();
  ASSERT_EQ(fits.size(), 1u);
  EXPECT_EQ(fits[0].phase, six);
  EXPECT_EQ(fits[0].runs, 3u);
  EXPECT_EQ(fits[0].data_sets, 1u);
  EXPECT_NEAR(fits[0].constant, truth, 1e-9);
  EXPECT_NEAR(fits[0].slope, true_slope, 1e-6);
  EXPECT_NEAR(fits[0].chi2, 0, 1e-9);
  EXPECT_NEAR(fits[0].formula, norm_of_six(), 1e-12);
  EXPECT_NEAR(fits[0].laplace, laplace_constants({2, 6}, 1).at(six).total() + 8.5 * std::log(0.5),
              1e-12);
  EXPECT_GT(fits[0].constant_se, 0.1);
  posteriors.estimates.resize(2);
  posteriors.plan.runs.resize(2);
  EXPECT_TRUE(posteriors.fits().empty());
}

TEST(FreeEnergyFit, TakesEveryDataSetByItself) {
  Posteriors posteriors;
  for (std::uint32_t d = 0; d < 3; ++d)
    for (const std::uint32_t n : {100u, 200u, 400u})
      if (d < 2 || n > 100) posteriors.add(n, d, truth + d + (true_slope + 8 * d) / n, 0.1);
  const auto fits = posteriors.fits();
  ASSERT_EQ(fits.size(), 1u);
  EXPECT_EQ(fits[0].data_sets, 2u);  // the third has two n
  EXPECT_EQ(fits[0].runs, 6u);
  EXPECT_NEAR(fits[0].constant, truth + 0.5, 1e-9);
  EXPECT_NEAR(fits[0].constant_se, 0.5, 1e-9);
  EXPECT_NEAR(fits[0].slope, true_slope + 4, 1e-6);
  EXPECT_NEAR(fits[0].slope_se, 4, 1e-6);
  EXPECT_NEAR(fits[0].chi2, 0, 1e-9);
  ASSERT_EQ(fits[0].of_data_sets.size(), 2u);
  for (std::uint32_t d = 0; d < 2; ++d) {
    EXPECT_EQ(fits[0].of_data_sets[d].data_set, d);
    EXPECT_EQ(fits[0].of_data_sets[d].runs, 3u);
    EXPECT_NEAR(fits[0].of_data_sets[d].constant.value, truth + d, 1e-9);
    EXPECT_NEAR(fits[0].of_data_sets[d].slope.value, true_slope + 8 * d, 1e-6);
  }
  // The sampled loss has its minimum elsewhere than at w*.
  EXPECT_TRUE(std::isnan(fits[0].laplace));
}

// Of a single data set only its islands are known to vary.
TEST(FreeEnergyFit, OneDataSetHasTheErrorOfItsIslands) {
  Posteriors population, sampled;
  for (const std::uint32_t n : {100u, 200u, 400u, 800u}) {
    population.add(n, -1, truth + true_slope / n + (n == 200 ? 0.5 : 0), 0.1);
    sampled.add(n, 0, truth + true_slope / n + (n == 200 ? 0.5 : 0), 0.1);
  }
  const auto fit = population.fits().at(0);
  EXPECT_GT(fit.chi2, 2);
  EXPECT_GT(fit.constant_se, 0.1);
  EXPECT_EQ(sampled.fits().at(0).constant_se, fit.constant_se);
  EXPECT_EQ(sampled.fits().at(0).chi2, fit.chi2);
}

// All n of a data set are off by the same amount, which no scatter about its line tells.
TEST(FreeEnergyFit, ErrorsCoverWhatTheRunsOfADataSetShare) {
  test::WordSource source(3);
  constexpr int rounds = 1000;
  constexpr double offset = 0.5, noise = 0.1;
  double mean = 0, squares = 0, reported = 0;
  for (int round = 0; round < rounds; ++round) {
    Posteriors posteriors;
    for (std::uint32_t d = 0; d < 8; ++d) {
      const double off = offset * source.normal();
      for (const std::uint32_t n : {100u, 200u, 400u, 800u, 1600u})
        posteriors.add(n, d, truth + off + true_slope / n + noise * source.normal(), noise);
    }
    const auto fit = posteriors.fits().at(0);
    mean += (fit.constant - truth) / rounds;
    squares += std::pow(fit.constant - truth, 2) / rounds;
    reported += fit.constant_se * fit.constant_se / rounds;
  }
  EXPECT_LT(std::abs(mean) / std::sqrt(squares / rounds), 4.5);
  EXPECT_NEAR(std::sqrt(reported / squares), 1, 0.1);
}

}  // namespace
}  // namespace kgon
