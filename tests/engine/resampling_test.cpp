// What follows from sums of weights.
#include "engine/resampling.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "support/word_source.hpp"

namespace kgon {
namespace {

using Values = std::vector<double>;

WeightSums sums_of(const Values& weights, const Values& losses, const Reweighting& change) {
  const auto count = static_cast<std::uint32_t>(weights.size());
  const WeighParticle weigh{weights.data(), losses.data(), change, weight_units(count)};
  WeightSums sums;
  for (std::uint32_t i = 0; i < count; ++i) sums = sums + weigh(i);
  return sums;
}

TEST(ConditionalEss, IsThatOfTheDefinition) {
  const Values weights = {1, 0.5, 0.25}, losses = {1, 2, 4};
  double all = 0, sum = 0, squares = 0;
  for (std::size_t i = 0; i < 3; ++i) {
    const double w = std::exp(-0.3 * losses[i]);
    all += weights[i];
    sum += weights[i] * w;
    squares += weights[i] * w * w;
  }
  const double truth = sum * sum / (all * squares);
  EXPECT_NEAR(conditional_ess(sums_of(weights, losses, {0.3, 1})), truth, 1e-14);
  EXPECT_EQ(conditional_ess(sums_of(weights, losses, {0, 1})), 1);
  // Far from zero it is the same: only differences of losses count.
  const Values far = {1e6 + 1, 1e6 + 2, 1e6 + 4};
  EXPECT_NEAR(conditional_ess(sums_of(weights, far, {0.3, 1e6 + 1})), truth, 1e-9);
}

TEST(ConditionalEss, OfNothingIsNone) {
  // The particle with the smallest loss has lost its weight, the other is far behind.
  EXPECT_EQ(conditional_ess(sums_of({1e-300, 1}, {0, 1}, {1e5, 0})), 0);
}

TEST(TemperingDifference, MeetsTheTarget) {
  test::WordSource source(3);
  Values weights(1000), losses(1000);
  for (const double scale : {1e-6, 1.0, 1e9}) {
    for (double& weight : weights) weight = source.uniform();
    for (double& loss : losses) loss = scale * (5 + source.normal());
    const double least = *std::min_element(losses.begin(), losses.end());
    const auto ess = [&](double difference) {
      return conditional_ess(sums_of(weights, losses, {difference, least}));
    };
    const double difference = tempering_difference(ess, 1e9, 0.9);
    // A hundredth off the difference is two hundredths off what is missing from 1.
    EXPECT_GE(ess(difference), 0.9) << scale;
    EXPECT_LT(ess(difference), 0.9021) << scale;
  }
  EXPECT_EQ(tempering_difference([](double) { return 1.0; }, 0.25, 0.9), 0.25);
}

TEST(EvidenceDifference, IsTheLogarithmOfTheMeanFactor) {
  const Values weights = {1, 0.5, 0.5}, losses = {1000, 1001, 1003};
  const double sum = 0.5 + 0.25 * std::exp(-2) + 0.25 * std::exp(-6);
  const Reweighting change{2, 1000};
  EXPECT_NEAR(evidence_difference(sums_of(weights, losses, change), change), std::log(sum) - 2000,
              1e-9);
}

TEST(EffectivePart, Limits) {
  const auto part = [](const Values& weights) {
    const auto count = static_cast<std::uint32_t>(weights.size());
    const SquareWeight square{weights.data(), weight_units(count)};
    WeightSums sums;
    for (std::uint32_t i = 0; i < count; ++i) sums = sums + square(i);
    return effective_part(sums, count);
  };
  EXPECT_NEAR(part(Values(8, 1.0)), 1, 1e-15);
  EXPECT_NEAR(part({1, 0, 0, 0}), 0.25, 1e-15);
  EXPECT_NEAR(part({1, 0.5, 0}), 1.5 * 1.5 / (3 * 1.25), 1e-15);
}

}  // namespace
}  // namespace kgon
