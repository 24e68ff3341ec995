// Estimates of the CPU back end against theory.
#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "backends/llc_on_cpu.hpp"
#include "engine/llc_estimate.hpp"
#include "engine/site_curvature.hpp"
#include "support/statistics.hpp"

namespace kgon::test {
namespace {

struct KnownPoint {
  std::string label;
  double gamma, lambda;
};

// gamma bounds the flat directions of `5`: its dead column and bias. At 50 what it takes from the
// stiff directions (0.03) and what the loss of the flat ones adds far from w* cancel; at 10 they
// add up to +0.07, at 100 to -0.05.
const std::vector<KnownPoint> known_points = {{"5", 50, 7}, {"5+", 10, 8.5}, {"6", 10, 8.5}};

TEST(LlcAccuracy, HmcFindsTheLambdasOfTheory) {
  LlcPlan plan = empty_llc_plan(16);
  for (const KnownPoint& point : known_points)
    add_site(plan, labelled_point(point.label), million_nbeta, point.gamma);
  add_group(plan, population_group(Sampler::hmc, 4000));
  const auto sites = estimated(plan);
  for (std::size_t s = 0; s < known_points.size(); ++s) {
    const LlcEstimate& e = sites.at(s).estimate;
    SCOPED_TRACE(known_points[s].label + ' ' + shown(e));
    EXPECT_NEAR(e.lambda_hat, known_points[s].lambda, 0.1);
    EXPECT_NEAR(e.lambda_hat, known_points[s].lambda, 3 * e.mcse);
    EXPECT_EQ(e.lambda_theory, known_points[s].lambda);
    EXPECT_EQ(e.verdict, LlcVerdict::ok);
    EXPECT_NEAR(e.acceptance, 0.8, 0.1);
    EXPECT_EQ(e.chains_used, 16u);
  }
}

TEST(LlcAccuracy, LangevinAtItsDefaultStepIsWithinThreePerCent) {
  LlcPlan plan = empty_llc_plan(32);
  for (const KnownPoint& point : known_points)
    add_site(plan, labelled_point(point.label), million_nbeta, 100);
  for (const KnownPoint& point : known_points)
    add_site(plan, labelled_point(point.label), million_nbeta, point.gamma);
  add_group(plan, population_group(Sampler::langevin, 4000, 10));
  const auto sites = estimated(plan);
  for (std::size_t s = 0; s < known_points.size(); ++s) {
    const LlcEstimate& e = sites.at(s).estimate;
    SCOPED_TRACE(known_points[s].label + ' ' + shown(e));
    EXPECT_NEAR(e.lambda_hat / e.lambda_gaussian, 1, 0.03);
    EXPECT_EQ(e.verdict, LlcVerdict::ok);
    const LlcEstimate& loose = sites.at(s + known_points.size()).estimate;
    EXPECT_NEAR(loose.lambda_hat / known_points[s].lambda, 1, 0.03) << shown(loose);
  }
}

// The exact answer is that of hmc on the same samples. What thirty default steps of sgld add is
// known beforehand to first order, and said; the default itself adds next to nothing.
TEST(LlcAccuracy, TheNoiseOfMinibatchesIsKnownBeforehand) {
  LlcPlan plan = empty_llc_plan(16);
  constexpr std::uint32_t n = 50000;
  const double nbeta = n / std::log(n);
  for (const double scale : {30.0, 1.0})
    add_site(plan, labelled_point("6"), nbeta, 10).step_scale = scale;
  LlcGroup minibatches = data_group(Sampler::sgld, n, 2000);
  minibatches.batch = 20;
  minibatches.thin = 5;
  minibatches.burn_in = 2000;
  add_group(plan, minibatches);
  add_site(plan, labelled_point("6"), nbeta, 10);
  add_group(plan, data_group(Sampler::hmc, n, 2000));
  const auto sites = estimated(plan);
  const LlcEstimate &noisy = sites.at(0).estimate, &calm = sites.at(1).estimate,
                    &exact = sites.at(2).estimate;
  SCOPED_TRACE(shown(noisy) + '\n' + shown(calm) + '\n' + shown(exact));
  EXPECT_EQ(noisy.verdict, LlcVerdict::step_too_large);
  EXPECT_GT(noisy.step_bias, 2);
  EXPECT_NEAR(noisy.lambda_hat - exact.lambda_hat, noisy.step_bias, 0.2 * noisy.step_bias);
  EXPECT_LT(calm.step_bias, 0.03 * exact.lambda_hat);
  EXPECT_NEAR(calm.lambda_hat, exact.lambda_hat, z_bound * calm.mcse + calm.step_bias);
}

// Deviations of many sites from their mean, in units of the errors that they state.
TEST(LlcAccuracy, StatedErrorsAreTheSpreadOverSeeds) {
  constexpr int count = 100;
  LlcPlan plan = empty_llc_plan(4);
  for (int k = 0; k < count; ++k) add_site(plan, labelled_point("6"), million_nbeta, 50);
  add_group(plan, population_group(Sampler::hmc, 1000));
  double mean = 0, squares = 0;
  const auto sites = estimated(plan);
  for (const auto& [s, site] : sites) mean += site.estimate.lambda_hat / count;
  for (const auto& [s, site] : sites) {
    const double z = (site.estimate.lambda_hat - mean) / site.estimate.mcse;
    squares += z * z;
  }
  EXPECT_LT(std::abs(chi_square_z(squares, count - 1)), z_bound) << squares / (count - 1);
}

// The bias of the step is that of the law of an unadjusted chain in the Hessian's well, both where
// it is told beforehand and where a rerun at half the step measures it.
TEST(LlcAccuracy, AStepTenTimesTooLargeShowsItsBias) {
  LlcPlan plan = empty_llc_plan(16);
  plan.check_bias = true;
  for (const double scale : {1.0, 10.0})
    add_site(plan, labelled_point("6"), million_nbeta, 100).step_scale = scale;
  add_group(plan, population_group(Sampler::langevin, 4000, 4));
  const auto sites = estimated(plan);
  const LlcEstimate &calm = sites.at(0).estimate, &coarse = sites.at(1).estimate;
  SCOPED_TRACE(shown(calm) + "\n" + shown(coarse));
  const SiteCurvature curvature = site_curvature(plan.shape, labelled_point("6"));
  for (const LlcEstimate* e : {&calm, &coarse}) {
    EXPECT_LT(std::abs(e->lambda_hat - e->lambda_gaussian - e->step_bias), z_bound * e->mcse);
    const double at_half =
        gaussian_step_bias(Sampler::langevin, curvature, million_nbeta, 100, e->step_size / 2);
    EXPECT_LT(std::abs(e->bias - 2 * (e->step_bias - at_half)), z_bound * e->bias_mcse);
  }
  EXPECT_GT(coarse.step_bias, 10 * calm.step_bias);
  EXPECT_GT(coarse.bias, 3 * coarse.bias_mcse);
  EXPECT_EQ(coarse.verdict, LlcVerdict::step_too_large);
}

// At n = 1,000 chains around `5+` spend most of their time where its positive bias is not positive,
// and find no other gon. At gamma = 10 an independent sampler has 0.62 of its draws there.
TEST(LlcAccuracy, LooksOutsideOfTheRegionAreCounted) {
  LlcPlan plan = empty_llc_plan(16);
  for (const double gamma : {1.0, 10.0})
    add_site(plan, labelled_point("5+"), 1000 / std::log(1000.0), gamma);
  add_group(plan, population_group(Sampler::hmc, 2000)).classify_every = 10;
  const auto sites = estimated(plan);
  EXPECT_GT(sites.at(0).estimate.outside, 0.8);
  EXPECT_NEAR(sites.at(1).estimate.outside, 0.62, 0.06);
  for (const auto& [s, site] : sites) EXPECT_LT(site.estimate.elsewhere, most_elsewhere);
}

TEST(LlcAccuracy, PrecisionsAgree) {
  LlcPlan plan = empty_llc_plan(16);
  for (const char* label : {"5", "5+", "6"})
    add_site(plan, labelled_point(label), 5000 / std::log(5000.0), 100);
  add_group(plan, data_group(Sampler::mala, 5000, 2000));
  const std::size_t count = plan.sites.size();
  for (const char* label : {"5", "5+", "6"})
    add_site(plan, labelled_point(label), million_nbeta, 100);
  add_group(plan, population_group(Sampler::hmc, 2000));
  const auto single = estimated(plan);
  plan.precision = Precision::float64;
  const auto wide = estimated(plan);
  ASSERT_EQ(single.size(), 2 * count);
  for (const auto& [s, site] : single) {
    const LlcEstimate &a = site.estimate, &b = wide.at(s).estimate;
    SCOPED_TRACE(shown(a) + "\n" + shown(b));
    EXPECT_LT(std::abs(a.lambda_hat - b.lambda_hat), z_bound * std::hypot(a.mcse, b.mcse));
    EXPECT_NEAR(a.loss, b.loss, 1e-12);
  }
}

}  // namespace
}  // namespace kgon::test
