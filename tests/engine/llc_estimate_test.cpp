// Estimates from draws whose law is chosen, and the numbers of small cases by hand.
#include "engine/llc_estimate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <vector>

#include "engine/estimated_site.hpp"
#include "support/statistics.hpp"

namespace kgon {
namespace {

using test::expect_verdict;
using test::not_a_number;
using test::Site;
using test::z_bound;

TEST(LlcEstimate, HasTheNumbersOfAHandCalculation) {
  Site site(1, 4);
  site.trace = {1, 2, 4, 3};
  site.run();
  // Halves of two draws have no lag to look at, and ArviZ's effective size is then N log10 N.
  const double mcse = std::sqrt(5.0 / 3) / std::sqrt(4 * std::log10(4.0));
  EXPECT_DOUBLE_EQ(site.estimate.lambda_hat, 7 * 2.5);
  EXPECT_DOUBLE_EQ(site.estimate.mcse, 7 * mcse);
  EXPECT_DOUBLE_EQ(site.estimate.ess, 4 * std::log10(4.0));
  EXPECT_DOUBLE_EQ(site.estimate.drift, (3.5 - 1.5) / (2 * mcse));
  EXPECT_TRUE(std::isnan(site.estimate.rhat));
  EXPECT_EQ(site.rows[0].mean_excess, 2.5);
}

TEST(LlcEstimate, TheErrorOfIndependentDrawsIsTheirSpreadOverTheRoot) {
  Site site(4, 2500);
  site.run();
  const double standard_error = 7 * 0.1 / std::sqrt(4 * 2500.0);
  EXPECT_NEAR(site.estimate.mcse / standard_error, 1, 0.1);
  EXPECT_LT(std::abs(site.estimate.lambda_hat - 7) / standard_error, z_bound);
  EXPECT_NEAR(site.estimate.ess, 10000, 1500);
  EXPECT_NEAR(site.estimate.rhat, 1, 0.01);
}

TEST(LlcEstimate, PoolsTheRowsOfItsChains) {
  Site site(4, 100);
  site.reject_below = 0.5;
  for (std::size_t c = 0; c < 4; ++c) {
    site.rows[c].acceptance = 0.6 + 0.1 * static_cast<double>(c);
    site.rows[c].elsewhere = 0.01 * static_cast<double>(c);
    site.rows[c].unnamed = 0.1 * static_cast<double>(c);
  }
  for (std::size_t k = 0; k < 8; ++k) site.draw(3, k) = -1;
  site.run();
  EXPECT_DOUBLE_EQ(site.estimate.acceptance, 0.75);
  EXPECT_DOUBLE_EQ(site.estimate.elsewhere, 0.015);
  EXPECT_DOUBLE_EQ(site.estimate.unnamed, 0.15);
  EXPECT_DOUBLE_EQ(site.estimate.below, 0.02);
  EXPECT_DOUBLE_EQ(site.rows[3].below, 0.08);
}

TEST(LlcEstimate, LeavesOutChainsThatFailedOrFellBelow) {
  Site clean(2, 200), site(5, 200);
  for (std::size_t k = 0; k < 200; ++k) {
    clean.draw(0, k) = site.draw(1, k);
    clean.draw(1, k) = site.draw(4, k);
  }
  site.fail(0);
  site.rows[0].acceptance = 0;
  for (std::size_t k = 0; k < 11; ++k) site.draw(2, k) = -0.5;  // 5.5 %
  site.rows[2].acceptance = 0;
  site.fail(3);
  site.rows[3].status = MemberStatus::non_finite;
  clean.run();
  site.run();
  EXPECT_EQ(site.estimate.chains_used, 2u);
  EXPECT_EQ(site.estimate.dropped_below, 1u);
  EXPECT_EQ(site.estimate.dropped_failed, 2u);
  EXPECT_EQ(site.estimate.lambda_hat, clean.estimate.lambda_hat);
  EXPECT_EQ(site.estimate.mcse, clean.estimate.mcse);
  EXPECT_EQ(site.estimate.rhat, clean.estimate.rhat);
  EXPECT_EQ(site.estimate.ess, clean.estimate.ess);
  EXPECT_EQ(site.estimate.drift, clean.estimate.drift);
  EXPECT_DOUBLE_EQ(site.estimate.acceptance, 0.6);  // 0.9, 0.9 and 0 of the chain below
  EXPECT_DOUBLE_EQ(site.estimate.below, 0.055 / 3);
  const std::vector<ChainUse> uses = {ChainUse::failed, ChainUse::used, ChainUse::below,
                                      ChainUse::failed, ChainUse::used};
  for (std::size_t c = 0; c < uses.size(); ++c) EXPECT_EQ(site.rows[c].use, uses[c]) << c;
  EXPECT_TRUE(std::isnan(site.rows[0].mean_excess));
  EXPECT_TRUE(std::isnan(site.rows[0].below));
}

// What leaving chains out does to lambda is there to see.
TEST(LlcEstimate, PutsTheMeanOverAllLivingChainsBeside) {
  Site site(3, 200);
  for (std::size_t k = 0; k < 200; ++k) {
    site.draw(0, k) = k % 2 == 0 ? 1 : 3;
    site.draw(1, k) = k % 2 == 0 ? -4 : -6;
  }
  site.fail(2);
  site.run();
  EXPECT_DOUBLE_EQ(site.estimate.lambda_hat, 7 * 2.0);
  EXPECT_DOUBLE_EQ(site.estimate.lambda_alive, 7 * (2.0 - 5.0) / 2);
}

TEST(LlcEstimate, LambdaOfTheWellIsWithoutGammaAndStep) {
  Site site(4, 400);
  site.estimate.lambda_gaussian = 7;
  site.estimate.localization_bias = -0.25;
  site.estimate.step_bias = 0.125;
  site.run();
  EXPECT_DOUBLE_EQ(site.estimate.lambda_well, site.estimate.lambda_hat + 0.25 - 0.125);
  site.estimate.step_bias = not_a_number;
  site.run();
  EXPECT_DOUBLE_EQ(site.estimate.lambda_well, site.estimate.lambda_hat + 0.25);
  site.estimate.localization_bias = not_a_number;
  site.run();
  EXPECT_TRUE(std::isnan(site.estimate.lambda_well));
}

// Where lambda_hat is not that of the quadratic form, what gamma takes there says nothing of it.
TEST(LlcEstimate, NoLambdaOfAWellThatIsNotGaussian) {
  Site site(4, 400);
  site.estimate.localization_bias = -0.25;
  site.estimate.step_bias = 0;
  for (const double gaussian : {6.0, 8.2, not_a_number}) {
    site.estimate.lambda_gaussian = gaussian;
    site.run();
    EXPECT_TRUE(std::isnan(site.estimate.lambda_well)) << gaussian;
  }
}

TEST(LlcEstimate, ChainsThatNeverMoveHaveNoErrors) {
  Site site(4, 200);
  for (double& draw : site.trace) draw = 0;
  site.run();
  EXPECT_EQ(site.estimate.lambda_hat, 0);
  for (const double number :
       {site.estimate.mcse, site.estimate.rhat, site.estimate.ess, site.estimate.drift})
    EXPECT_TRUE(std::isnan(number));
  EXPECT_EQ(site.estimate.verdict, LlcVerdict::not_converged);
  EXPECT_EQ(site.reason(), "the draws are all the same");
}

TEST(LlcEstimate, AShareThatIsJustAllowedIsKept) {
  Site site(2, 200);
  for (std::size_t k = 0; k < 10; ++k) site.draw(0, k) = -0.5;  // 5 %
  site.run();
  EXPECT_EQ(site.estimate.chains_used, 2u);
  for (std::size_t k = 0; k < 200; ++k) site.draw(1, k) = 0;  // not below
  site.run();
  EXPECT_EQ(site.estimate.chains_used, 2u);
}

TEST(LlcEstimate, ASiteMayBeEstimatedAgain) {
  Site site(4, 200);
  site.fail(0);
  site.run();
  EXPECT_EQ(site.estimate.chains_used, 3u);
  site.run();
  EXPECT_EQ(site.estimate.chains_used, 3u);
  EXPECT_EQ(site.estimate.dropped_failed, 1u);
}

TEST(LlcEstimate, NothingIsLeft) {
  Site site(2, 50);
  site.fail(0);
  site.fail(1);
  expect_verdict(site, LlcVerdict::step_too_large, "2 of 2 chains blew up");
  for (const double number :
       {site.estimate.lambda_hat, site.estimate.mcse, site.estimate.rhat, site.estimate.ess,
        site.estimate.drift, site.estimate.acceptance, site.estimate.below}) {
    EXPECT_TRUE(std::isnan(number));
  }
  EXPECT_EQ(site.estimate.chains_used, 0u);
}

TEST(LlcEstimate, ADrawThatIsNotANumberIsNoPass) {
  Site site(4, 200);
  site.draw(1, 100) = not_a_number;
  site.run();
  EXPECT_TRUE(std::isnan(site.estimate.lambda_hat));
  EXPECT_TRUE(std::isnan(site.estimate.mcse));
  EXPECT_EQ(site.estimate.verdict, LlcVerdict::not_converged);
}

// A chain that never moves is at w* up to rounding, not below it.
TEST(LlcEstimate, RoundingIsNotBelow) {
  Site site(1, 400);
  site.estimate.loss = 0.05;
  for (double& excess : site.trace) excess = -1e-8;
  site.rows[0].acceptance = 0;
  expect_verdict(site, LlcVerdict::step_too_large,
                 "a Metropolis test accepts 0.0 % of the steps, below 20 %");
  for (double& excess : site.trace) excess = -1e-6;
  site.run();
  EXPECT_EQ(site.estimate.dropped_below, 1u);
}

// Squares of the drift of many sites, against the chi-square law of standard normals.
double drift_variance_z(std::size_t chains, std::size_t draws, double& sum) {
  constexpr std::uint32_t sites = 1500;
  double squares = 0;
  sum = 0;
  for (std::uint32_t s = 1; s <= sites; ++s) {
    Site site(chains, draws, s);
    site.run();
    squares += site.estimate.drift * site.estimate.drift;
    sum += site.estimate.drift;
  }
  sum /= std::sqrt(static_cast<double>(sites));
  return test::chi_square_z(squares, sites);
}

TEST(LlcEstimate, DriftOfIndependentDrawsIsAStandardNormal) {
  double mean = 0;
  EXPECT_LT(std::abs(drift_variance_z(4, 400, mean)), z_bound);
  EXPECT_LT(std::abs(mean), z_bound);
  EXPECT_LT(std::abs(drift_variance_z(1, 801, mean)), z_bound);
  EXPECT_LT(std::abs(mean), z_bound);
}

}  // namespace
}  // namespace kgon
