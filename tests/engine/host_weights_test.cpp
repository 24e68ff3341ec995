// Weights of particles on the host: what a device has to come to as well.
#include "engine/host_weights.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace kgon {
namespace {

using Values = std::vector<double>;

HostWeights weights_of(const Values& values) {
  HostWeights weights;
  weights.start(static_cast<std::uint32_t>(values.size()));
  std::vector<std::uint32_t> roots(values.size());
  std::iota(roots.begin(), roots.end(), 100u);
  weights.place(values, roots);
  return weights;
}

// Whatever the number of particles, the sum of the largest weights fits and keeps 30 bits of each.
TEST(WeightUnits, LeaveRoomForTheSum) {
  for (const std::uint32_t particles : {1u, 2u, 3u, 1000u, 1u << 20, 4294967295u}) {
    const double units = weight_units(particles);
    EXPECT_GE(units, std::ldexp(1, 30)) << particles;
    EXPECT_LT(std::ldexp(units, 0) * particles, std::ldexp(1, 63)) << particles;
    EXPECT_EQ(fixed_weight(1, units), static_cast<std::uint64_t>(units)) << particles;
    EXPECT_EQ(fixed_weight(0, units), 0u);
  }
}

TEST(HostWeights, StartEqual) {
  HostWeights weights;
  weights.start(5);
  const Values losses(5, 2.0);
  const WeightSums sums = weights.weigh(losses.data(), {3, 2});
  EXPECT_EQ(sums.weights, 5 * static_cast<std::uint64_t>(weight_units(5)));
  EXPECT_EQ(sums.changed, sums.weights);
  EXPECT_EQ(sums.squares, sums.weights);
  EXPECT_EQ(weights.roots(), (std::vector<std::uint32_t>{0, 1, 2, 3, 4}));
}

TEST(HostWeights, ReweightKeepsTheGreatestAtOne) {
  HostWeights weights = weights_of({0.25, 1, 0.5});
  const Values losses = {1, 3, 2};
  weights.reweight(losses.data(), {2, 1});
  // 0.25, exp(-4) and 0.5 exp(-2), over the first.
  EXPECT_EQ(weights.weights()[0], 1);
  EXPECT_NEAR(weights.weights()[1], 4 * std::exp(-4), 1e-15);
  EXPECT_NEAR(weights.weights()[2], 2 * std::exp(-2), 1e-15);
}

// Floor or ceiling of what the weight is due, whatever the uniform; in the mean exactly that.
TEST(HostWeights, SystematicResamplingIsUnbiased) {
  const Values values = {0.14, 0, 0.82, 1, 0.04, 0, 0, 0, 0, 0};
  constexpr std::uint32_t count = 10;
  constexpr int rounds = 10000;
  Values mean(count, 0.0);
  for (int round = 0; round < rounds; ++round) {
    HostWeights weights = weights_of(values);
    const auto ancestors = weights.resample((round + 0.5) / rounds);
    ASSERT_EQ(ancestors.size(), count);
    Values offspring(count, 0.0);
    for (std::uint32_t k = 0; k < count; ++k) {
      if (k > 0) {
        ASSERT_GE(ancestors[k], ancestors[k - 1]);
      }
      ASSERT_EQ(weights.roots()[k], 100 + ancestors[k]);
      ASSERT_EQ(weights.weights()[k], 1);
      offspring[ancestors[k]] += 1;
    }
    for (std::size_t i = 0; i < count; ++i) {
      ASSERT_GE(offspring[i], std::floor(count * values[i] / 2 - 1e-9));
      ASSERT_LE(offspring[i], std::ceil(count * values[i] / 2 + 1e-9));
      mean[i] += offspring[i] / rounds;
    }
  }
  for (std::size_t i = 0; i < count; ++i) EXPECT_NEAR(mean[i], count * values[i] / 2, 1e-3) << i;
}

TEST(HostWeights, AnEndOfTheWeightsBelongsToItsParticle) {
  // Points at 1/4, 2/4, 3/4 and 4/4 of the sum, the ends of equal weights.
  EXPECT_EQ(weights_of({1, 1, 1, 1}).resample(1.0), (std::vector<std::uint32_t>{0, 1, 2, 3}));
  EXPECT_EQ(weights_of({1, 0, 0}).resample(1.0), (std::vector<std::uint32_t>{0, 0, 0}));
  EXPECT_EQ(weights_of({0, 0, 1}).resample(1e-9), (std::vector<std::uint32_t>{2, 2, 2}));
}

}  // namespace
}  // namespace kgon
