// Weights of particles.
#include "engine/resampling.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "support/word_source.hpp"

namespace kgon {
namespace {

using Values = std::vector<double>;

TEST(ConditionalEss, IsThatOfTheDefinition) {
  const Values weights = {0.5, 0.25, 0.25}, energies = {1, 2, 4};
  double sum = 0, squares = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double w = std::exp(-0.3 * energies[i]);
    sum += weights[i] * w;
    squares += weights[i] * w * w;
  }
  EXPECT_NEAR(conditional_ess(weights, energies, 0.3), sum * sum / squares, 1e-14);
  EXPECT_EQ(conditional_ess(weights, energies, 0), 1);
  // Far from zero it is the same: only differences of energies count.
  const Values far = {1e6 + 1, 1e6 + 2, 1e6 + 4};
  EXPECT_NEAR(conditional_ess(weights, far, 0.3), sum * sum / squares, 1e-9);
}

TEST(TemperingDifference, MeetsTheTarget) {
  test::WordSource source(3);
  Values weights(1000, 0.001), energies(1000);
  for (const double scale : {1e-6, 1.0, 1e9}) {
    for (double& energy : energies) energy = scale * (5 + source.normal());
    const double difference = tempering_difference(weights, energies, 1e9, 0.9);
    EXPECT_NEAR(conditional_ess(weights, energies, difference), 0.9, 1e-5) << scale;
  }
  const Values equal(1000, 7.0);
  EXPECT_EQ(tempering_difference(weights, equal, 0.25, 0.9), 0.25);
}

TEST(Reweight, NormalisesAndReturnsTheSum) {
  Values weights = {0.5, 0.25, 0.25};
  const Values energies = {1000, 1001, 1003};
  const double sum = 0.5 + 0.25 * std::exp(-2) + 0.25 * std::exp(-6);
  EXPECT_NEAR(reweight(weights, energies, 2), std::log(sum) - 2000, 1e-9);
  EXPECT_NEAR(weights[0], 0.5 / sum, 1e-15);
  EXPECT_NEAR(weights[2], 0.25 * std::exp(-6) / sum, 1e-15);
  EXPECT_NEAR(std::accumulate(weights.begin(), weights.end(), 0.0), 1, 1e-15);
}

TEST(EffectivePart, Limits) {
  EXPECT_NEAR(effective_part(Values(8, 0.125)), 1, 1e-15);
  EXPECT_NEAR(effective_part(Values{1, 0, 0, 0}), 0.25, 1e-15);
}

// Floor or ceiling of count times the weight, whatever the uniform; in the mean exactly that.
TEST(SystematicResampling, IsUnbiased) {
  const Values weights = {0.07, 0, 0.41, 0.5, 0.02};
  constexpr std::uint32_t count = 10;
  constexpr int rounds = 10000;
  Values mean(5, 0.0);
  for (int round = 0; round < rounds; ++round) {
    const auto ancestors = systematic_resampling(weights, count, (round + 0.5) / rounds);
    ASSERT_EQ(ancestors.size(), count);
    Values offspring(5, 0.0);
    for (std::uint32_t k = 0; k < count; ++k) {
      if (k > 0) {
        ASSERT_GE(ancestors[k], ancestors[k - 1]);
      }
      offspring[ancestors[k]] += 1;
    }
    for (std::size_t i = 0; i < 5; ++i) {
      ASSERT_GE(offspring[i], std::floor(count * weights[i] - 1e-9));
      ASSERT_LE(offspring[i], std::ceil(count * weights[i] + 1e-9));
      mean[i] += offspring[i] / rounds;
    }
  }
  for (std::size_t i = 0; i < 5; ++i) EXPECT_NEAR(mean[i], count * weights[i], 1e-3) << i;
}

TEST(SystematicResampling, TheLastParticleTakesWhatRoundingLeaves) {
  // The sum of a tenth ten times is below 1, where the last point lies.
  const auto ancestors = systematic_resampling(Values(10, 0.1), 10, 1.0);
  EXPECT_EQ(ancestors.back(), 9u);
  EXPECT_EQ(systematic_resampling(Values{1, 0, 0}, 2, 1.0), (std::vector<std::uint32_t>{0, 0}));
}

}  // namespace
}  // namespace kgon
