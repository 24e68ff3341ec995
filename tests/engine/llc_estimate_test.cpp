// Estimates and verdicts from draws whose law is chosen, and the numbers of small cases by hand.
#include "engine/llc_estimate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "engine/chain_diagnostics.hpp"
#include "support/statistics.hpp"
#include "support/word_source.hpp"

namespace kgon {
namespace {

using test::WordSource;
using test::z_bound;

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// A site whose chains all work: draws of mean 1 and standard deviation 0.1, far above 0.
struct Site {
  Sampler sampler = Sampler::hmc;
  double nbeta = 7, reject_below = 0.05;
  std::size_t chains, draws;
  std::vector<double> trace;
  std::vector<ChainRow> rows;
  LlcEstimate estimate;

  Site(std::size_t chain_count, std::size_t draw_count, std::uint32_t seed = 1)
      : chains(chain_count), draws(draw_count), rows(chain_count) {
    WordSource source(seed);
    for (std::size_t k = 0; k < chains * draws; ++k) trace.push_back(1 + 0.1 * source.normal());
    for (ChainRow& row : rows) row.acceptance = 0.9;
  }

  double& draw(std::size_t chain, std::size_t k) { return trace[chain * draws + k]; }
  void shift(std::size_t chain, double by) {
    for (std::size_t k = 0; k < draws; ++k) draw(chain, k) += by;
  }
  void fail(std::size_t chain) {
    rows[chain].status = MemberStatus::diverged;
    draw(chain, draws / 2) = not_a_number;
  }

  void run() {
    SiteDraws site{draws, rows, trace};
    estimate_site(sampler, nbeta, reject_below, site, estimate);
    rows = std::move(site.chains);
  }
  std::string reason() const { return verdict_reason(sampler, estimate); }
};

void expect_verdict(Site& site, LlcVerdict verdict, const std::string& reason) {
  site.run();
  EXPECT_EQ(verdict_name(site.estimate.verdict), verdict_name(verdict));
  EXPECT_EQ(site.reason(), reason);
}

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

TEST(LlcVerdicts, Ok) {
  Site site(4, 400);
  expect_verdict(site, LlcVerdict::ok, "");
}

// R-hat of one chain does not exist, and is not asked for.
TEST(LlcVerdicts, OkWithOneChain) {
  Site site(1, 400);
  expect_verdict(site, LlcVerdict::ok, "");
  EXPECT_TRUE(std::isnan(site.estimate.rhat));
}

// Numbers that were not measured, as sgld's acceptance and looks that never happened.
TEST(LlcVerdicts, OkWithoutAcceptanceAndLooks) {
  Site site(4, 400);
  site.sampler = Sampler::sgld;
  for (ChainRow& row : site.rows) row.acceptance = row.elsewhere = row.unnamed = not_a_number;
  site.estimate.smallest_curvature = not_a_number;
  expect_verdict(site, LlcVerdict::ok, "");
}

TEST(LlcVerdicts, NotConvergedByEffectiveSize) {
  Site site(2, 30);
  site.run();
  EXPECT_EQ(site.estimate.verdict, LlcVerdict::not_converged);
  EXPECT_NE(site.reason().find("the effective sample size is"), std::string::npos);
}

TEST(LlcVerdicts, NotConvergedByRhat) {
  // Two levels half a standard deviation apart: an R-hat of 1.03 with many effective draws left.
  Site site(8, 4000);
  for (std::size_t c = 0; c < 4; ++c) site.shift(c, 0.08);
  site.run();
  EXPECT_EQ(site.estimate.verdict, LlcVerdict::not_converged);
  EXPECT_GT(site.estimate.rhat, most_rhat);
}

TEST(LlcVerdicts, NotConvergedByDrift) {
  Site site(4, 4000);
  for (std::size_t c = 0; c < 4; ++c)
    for (std::size_t k = 0; k < 4000; ++k) site.draw(c, k) += 0.02 * static_cast<double>(k) / 4000;
  site.run();
  EXPECT_EQ(site.estimate.verdict, LlcVerdict::not_converged);
  EXPECT_GT(site.estimate.drift, most_drift);
  EXPECT_LT(site.estimate.rhat, most_rhat);
  EXPECT_GT(site.estimate.ess, least_ess);
  EXPECT_NE(site.reason().find("the second half of the draws lies +"), std::string::npos);
}

TEST(LlcVerdicts, EscapedBelow) {
  Site site(4, 400);
  for (std::size_t c = 0; c < 2; ++c) site.shift(c, -2);
  expect_verdict(site, LlcVerdict::escaped,
                 "2 of 4 chains were below L(w*) too often (50.0 % of all draws are)");
}

TEST(LlcVerdicts, EscapedIntoAnotherPhase) {
  Site site(10, 400);
  for (ChainRow& row : site.rows) row.elsewhere = 0.08;
  expect_verdict(site, LlcVerdict::escaped, "8.0 % of the looks found another phase");
  // One chain that fell below does not become the reason.
  site.shift(0, -2);
  expect_verdict(site, LlcVerdict::escaped, "8.0 % of the looks found another phase");
}

TEST(LlcVerdicts, EscapedIntoNoPhase) {
  Site site(4, 400);
  for (ChainRow& row : site.rows) row.unnamed = 0.995;
  expect_verdict(site, LlcVerdict::ok, "");  // w* has no phase either
  site.estimate.phase = 5;
  expect_verdict(site, LlcVerdict::escaped, "99.5 % of the looks found no phase of the catalogue");
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

TEST(LlcVerdicts, NotAMinimumByCurvature) {
  Site site(4, 400);
  site.estimate.smallest_curvature = -0.125;
  site.estimate.smallest_precision = -1;
  expect_verdict(site, LlcVerdict::ok, "");  // no draw went that way
  for (std::size_t c = 0; c < 4; ++c) site.shift(c, -2);
  expect_verdict(site, LlcVerdict::not_a_minimum,
                 "4 of 4 chains were below L(w*) too often (100.0 % of all draws are), and the "
                 "Hessian at w* has the eigenvalue -0.125");
}

TEST(LlcVerdicts, StepTooLargeByItsBias) {
  Site site(4, 400);
  site.estimate.bias = 0.5;
  site.estimate.bias_mcse = 0.25;
  expect_verdict(site, LlcVerdict::ok, "");  // two standard errors
  site.estimate.bias_mcse = 0.125;
  expect_verdict(site, LlcVerdict::step_too_large, "half the step moves lambda by -0.25 +- 0.06");
  site.estimate.bias = 0.125;  // 2 % of lambda
  site.estimate.bias_mcse = 0.01;
  expect_verdict(site, LlcVerdict::ok, "");
}

// A well that leaks has survivors, and their mean says little.
TEST(LlcVerdicts, EscapedWhereMoreThanATenthFell) {
  Site site(10, 400);
  site.shift(0, -2);
  expect_verdict(site, LlcVerdict::ok, "");
  site.shift(1, -2);
  expect_verdict(site, LlcVerdict::escaped,
                 "2 of 10 chains were below L(w*) too often (20.0 % of all draws are)");
}

TEST(LlcVerdicts, StepTooLargeWhereHalfOfTheChainsAreLostMostOfThemFailed) {
  Site site(20, 400);
  for (std::size_t c = 0; c < 8; ++c) site.fail(c);
  expect_verdict(site, LlcVerdict::ok, "");
  for (std::size_t c = 8; c < 10; ++c) site.shift(c, -2);
  expect_verdict(site, LlcVerdict::step_too_large, "8 of 20 chains blew up");
}

// Ranks do not see a single draw that is a thousand times the others.
TEST(LlcVerdicts, NotConvergedWhereTheErrorIsLarge) {
  Site site(4, 400);
  site.draw(2, 100) = 1000;
  site.run();
  EXPECT_EQ(site.estimate.verdict, LlcVerdict::not_converged);
  EXPECT_NE(site.reason().find("above 0.1 of lambda"), std::string::npos) << site.reason();
}

TEST(LlcVerdicts, NotConvergedWhereTheBiasIsHardlyKnown) {
  Site site(4, 400);
  site.estimate.bias = 0.2;
  site.estimate.bias_mcse = 0.9;
  expect_verdict(site, LlcVerdict::not_converged,
                 "the bias of the step is known within 0.90 only, above 0.1 of lambda: take more "
                 "draws");
  site.estimate.bias = not_a_number;
  site.estimate.bias_mcse = std::numeric_limits<double>::infinity();
  expect_verdict(site, LlcVerdict::not_converged, "the rerun at half the step has no estimate");
}

TEST(LlcVerdicts, NotAMinimumByTheDraws) {
  Site site(4, 400);
  site.reject_below = 1;
  for (std::size_t c = 0; c < 4; ++c) site.shift(c, -2);
  site.run();
  EXPECT_EQ(site.estimate.verdict, LlcVerdict::not_a_minimum);
  EXPECT_NE(site.reason().find("standard errors below 0"), std::string::npos);
}

TEST(LlcVerdicts, NotAMinimumWhereThereIsNoLoss) {
  Site site(4, 400);
  site.estimate.loss = not_a_number;
  for (std::size_t c = 0; c < 4; ++c) site.fail(c);
  expect_verdict(site, LlcVerdict::not_a_minimum, "the loss at w* is not finite");
}

TEST(LlcVerdicts, StepTooLargeByFailures) {
  Site site(4, 400);
  site.fail(0);
  expect_verdict(site, LlcVerdict::ok, "");
  site.fail(2);
  expect_verdict(site, LlcVerdict::step_too_large, "2 of 4 chains blew up");
}

TEST(LlcVerdicts, StepTooLargeByAcceptance) {
  for (const Sampler sampler : {Sampler::langevin, Sampler::mala, Sampler::hmc}) {
    Site site(4, 400);
    site.sampler = sampler;
    const double least = least_acceptance_of(sampler);
    for (ChainRow& row : site.rows) row.acceptance = least;
    expect_verdict(site, LlcVerdict::ok, "");
    for (ChainRow& row : site.rows) row.acceptance = 0.125;
    site.fail(1);  // one of four: not the reason
    expect_verdict(site, LlcVerdict::step_too_large,
                   "a Metropolis test accepts 12.5 % of the steps, below " +
                       std::to_string(std::lround(100 * least)) + " %");
  }
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
