// The tuner on curves of acceptance that are known, so that the step it should find is.
#include "engine/step_tuner.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "engine/normal_quantile.hpp"
#include "support/word_source.hpp"

namespace kgon {
namespace {

using test::WordSource;

constexpr std::uint64_t tried = pilot_chains * pilot_steps;

// 2 Phi(-x): the acceptance of a step whose energies differ by a normal of variance 4 x^2 around
// its stationary mean (Roberts and Rosenthal 1998).
double acceptance(double x) {
  return std::erfc(x / std::sqrt(2.0));
}
double inverse_acceptance(double rate) {
  return -normal_quantile(rate / 2);
}

// x = (step / right step)^power, in units of the x that is accepted as often as is sought: the
// acceptance of mala has power 3/2 in its step size, that of hmc power 2 in its leapfrog.
struct Curve {
  Sampler sampler;
  double power;

  double rate(double step_size) const {
    const double at_target = inverse_acceptance(StepTuner::target(sampler));
    return acceptance(at_target * std::pow(step_size, power));
  }
};

// Steps of successive rounds; the right one is 1. Noisy: binomial outcomes.
std::vector<double> tuned(const Curve& curve, double first, std::uint32_t seed, bool noisy) {
  WordSource source(seed);
  StepTuner tuner(curve.sampler, first);
  std::vector<double> steps = {tuner.step_size()};
  for (int round = 0; round < pilot_rounds; ++round) {
    const double rate = curve.rate(tuner.step_size());
    std::uint64_t accepted = 0;
    for (std::uint64_t k = 0; noisy && k < tried; ++k) accepted += source.uniform() < rate ? 1 : 0;
    if (!noisy)
      accepted = static_cast<std::uint64_t>(std::lround(rate * static_cast<double>(tried)));
    tuner.update(accepted, tried);
    steps.push_back(tuner.step_size());
  }
  return steps;
}

const std::vector<Curve> curves = {
    {Sampler::mala, 0.5}, {Sampler::mala, 1.5}, {Sampler::hmc, 1}, {Sampler::hmc, 2}};

TEST(StepTuner, FindsTheStepFromThreeDecadesAway) {
  for (const Curve& curve : curves) {
    for (double decades = -3; decades <= 3; decades += 0.25) {
      for (const bool noisy : {false, true}) {
        const double last = tuned(curve, std::pow(10, decades), 1, noisy).back();
        EXPECT_LT(std::abs(std::log(last)), std::log(1.5))
            << static_cast<int>(curve.sampler) << ' ' << curve.power << ' ' << decades;
      }
    }
  }
}

TEST(StepTuner, StaysWhereTheStepIsRight) {
  for (const Curve& curve : curves) {
    for (std::uint32_t seed = 1; seed <= 20; ++seed) {
      const double last = tuned(curve, 1, seed, true).back();
      EXPECT_LT(std::abs(std::log(last)), std::log(1.3)) << curve.power << ' ' << seed;
    }
  }
}

TEST(StepTuner, IsDeterministic) {
  EXPECT_EQ(tuned(curves[1], 30, 1, true), tuned(curves[1], 30, 1, true));
}

TEST(StepTuner, GrowsAndShrinksWithTheAcceptance) {
  for (const Sampler sampler : {Sampler::mala, Sampler::hmc}) {
    StepTuner all(sampler, 0.1), none(sampler, 0.1), right(sampler, 0.1);
    all.update(100, 100);
    none.update(0, 100);
    right.update(static_cast<std::uint64_t>(std::lround(100 * StepTuner::target(sampler))), 100);
    EXPECT_GT(all.step_size(), 0.1);
    EXPECT_LT(none.step_size(), 0.1);
    EXPECT_NEAR(right.step_size(), 0.1, 1e-12);
  }
}

}  // namespace
}  // namespace kgon
