// Constant terms of the free energy, derived and measured.
#include "engine/laplace_constant.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <random>

#include "engine/free_energy_theory.hpp"
#include "engine/sample_estimate.hpp"
#include "engine/smc_island.hpp"
#include "kgon/engine/catalogue.hpp"
#include "kgon/model/tms/model.hpp"
#include "support/emulated_particles.hpp"
#include "support/phases.hpp"

namespace kgon {
namespace {

using test::five;
using test::five_plus;
using test::six;

TEST(LaplaceConstant, CountsOrbitsAndDimensions) {
  const auto constants = laplace_constants({2, 6}, 1);
  ASSERT_EQ(constants.size(), 3u);
  EXPECT_EQ(constants.at(five).rank, 14);
  EXPECT_EQ(constants.at(five_plus).rank, 17);
  EXPECT_EQ(constants.at(six).rank, 17);
  const double turn = 2 * std::numbers::pi;
  // 5! hexagons; 4! pentagons of each of 6 sets of 5 features.
  EXPECT_NEAR(constants.at(six).orbit, -std::log(120 * turn * std::sqrt(6.0) * 1.3205263308), 1e-9);
  EXPECT_NEAR(constants.at(five_plus).orbit, -std::log(144 * turn * std::sqrt(5.0) * 1.1704596391),
              1e-9);
  EXPECT_EQ(constants.at(five).orbit, constants.at(five_plus).orbit);
  EXPECT_NEAR(constants.at(six).normaliser, 9 * std::log(turn), 1e-12);
  EXPECT_NEAR(constants.at(five).normaliser, 7.5 * std::log(turn), 1e-12);
  EXPECT_NEAR(constants.at(five_plus).norm, 3.62764, 1e-5);
  EXPECT_EQ(constants.at(six).flat, 0);
  EXPECT_TRUE(laplace_constants({3, 6}, 1).empty());
  // Two columns of a pentagon of 7 features are dead.
  EXPECT_FALSE(laplace_constants({2, 7}, 1).contains(five));
}

// The region in which the dead column changes nothing, by drawing from the prior.
TEST(LaplaceConstant, FlatPartIsThePriorsProbability) {
  const auto solution = tms::solve_polygon(5);
  ASSERT_TRUE(solution);
  std::mt19937_64 random(5);
  std::normal_distribution<double> normal(0, 0.8);
  constexpr int draws = 2'000'000;
  int flat = 0;
  for (int d = 0; d < draws; ++d) {
    const double x = normal(random), y = normal(random), bias = normal(random);
    double most = x * x + y * y;
    bool silent = true;
    for (int j = 0; j < 5; ++j) {
      const double angle = 2 * std::numbers::pi * j / 5;
      const double dot = solution->length * (x * std::cos(angle) + y * std::sin(angle));
      silent = silent && dot + solution->bias <= 0;
      most = std::max(most, dot);
    }
    flat += silent && bias + most <= 0 ? 1 : 0;
  }
  const double part = static_cast<double>(flat) / draws;
  const double se = std::sqrt(part * (1 - part) / draws);
  EXPECT_NEAR(std::exp(-laplace_constants({2, 6}, 0.8).at(five).flat), part, 4.5 * se);
}

// At large n the population's evidence is that of the 6-gon alone, and Laplace's method exact up to
// 1 / n: measured here without it.
TEST(LaplaceConstant, IsWhatSequentialMonteCarloMeasures) {
  SamplePlan plan;
  plan.levels = tms::phase_levels(6);
  plan.smc.islands = 12;
  plan.smc.particles = 256;
  plan.draws = 0;
  SampleRun& run = plan.runs.emplace_back();
  run.key = 11;
  run.population = true;
  run.samples = 20000;
  test::EmulatedParticleRunner<tms::Model<2, 6>, double> runner;
  RunControl control;
  std::vector<SampleBlock> blocks(plan.smc.islands);
  for (std::uint32_t i = 0; i < plan.smc.islands; ++i)
    run_island({&plan, 0, i, nullptr}, runner, blocks[i], control);
  const RunEstimate estimate = estimate_run(plan, blocks);
  const Estimate measured = estimate.phases.at(six).free_energy;
  const PhaseTheory theory = phase_theories({2, 6}).at(six);
  const double laplace = 20000 * theory.loss + theory.lambda * std::log(20000.0) +
                         laplace_constants({2, 6}, 1).at(six).total();
  EXPECT_LT(measured.se, 0.2);
  EXPECT_LT(std::abs(measured.value - laplace), 4.5 * measured.se)
      << measured.value << " +- " << measured.se << ", by Laplace's method " << laplace;
}

}  // namespace
}  // namespace kgon
