#include "engine/llc_verdict.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>

#include "engine/estimated_site.hpp"

namespace kgon {
namespace {

using test::expect_verdict;
using test::not_a_number;
using test::Site;

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

// One chain in twenty is few, but what it says of lambda counts.
TEST(LlcVerdicts, EscapedByFewChainsThatMatter) {
  Site site(20, 400);
  site.shift(0, -200);
  site.run();
  EXPECT_EQ(site.estimate.dropped_below, 1u);
  EXPECT_EQ(site.estimate.verdict, LlcVerdict::escaped);
  EXPECT_NE(site.reason().find("1 of 20 chains were below L(w*) too often: with them lambda is "),
            std::string::npos)
      << site.reason();
}

// Nothing but what is known beforehand tells of sgld's step, and of langevin's where nothing was
// measured.
TEST(LlcVerdicts, StepTooLargeByWhatIsExpectedOfIt) {
  Site site(4, 400);
  site.run();
  site.estimate.step_bias = 0.06 * site.estimate.lambda_hat;
  site.estimate.bias = site.estimate.bias_mcse = not_a_number;
  site.sampler = Sampler::sgld;
  site.run();
  EXPECT_EQ(site.estimate.verdict, LlcVerdict::step_too_large);
  EXPECT_NE(site.reason().find("the step and the minibatches add about "), std::string::npos);
  site.sampler = Sampler::langevin;
  for (ChainRow& row : site.rows) row.acceptance = 0.99;
  site.run();
  EXPECT_EQ(site.estimate.verdict, LlcVerdict::step_too_large);
  EXPECT_NE(site.reason().find("the step adds about "), std::string::npos);
  site.estimate.step_bias = 0.04 * site.estimate.lambda_hat;
  expect_verdict(site, LlcVerdict::ok, "");
  // Of langevin a measurement counts more.
  site.estimate.step_bias = 0.06 * site.estimate.lambda_hat;
  site.estimate.bias = 0.02 * site.estimate.lambda_hat;
  expect_verdict(site, LlcVerdict::ok, "");
}

// They fell by themselves: a smaller step would not have held them.
TEST(LlcVerdicts, FallenChainsOutrankTheStep) {
  Site site(4, 400);
  for (std::size_t c = 0; c < 4; ++c) site.shift(c, -2);
  for (ChainRow& row : site.rows) row.acceptance = 0.5;
  site.sampler = Sampler::langevin;
  site.run();
  EXPECT_EQ(site.estimate.verdict, LlcVerdict::escaped);
  EXPECT_TRUE(site.estimate.signs & sign_acceptance);
}

TEST(LlcVerdicts, NotAMinimumByItsGradient) {
  Site site(4, 400);
  site.estimate.well_depth = 3.5;
  site.estimate.gradient_norm = 0.25;
  expect_verdict(site, LlcVerdict::ok, "");  // no draw went that way
  for (std::size_t c = 0; c < 4; ++c) site.shift(c, -2);
  expect_verdict(site, LlcVerdict::not_a_minimum,
                 "4 of 4 chains were below L(w*) too often (100.0 % of all draws are), and the "
                 "gradient at w* is 0.25");
}

TEST(LlcVerdicts, EscapedIntoAnotherPhase) {
  Site site(10, 400);
  for (ChainRow& row : site.rows) row.elsewhere = 0.08;
  expect_verdict(site, LlcVerdict::escaped, "8.0 % of the looks found another gon");
  // One chain that fell below does not become the reason.
  site.shift(0, -2);
  expect_verdict(site, LlcVerdict::escaped, "8.0 % of the looks found another gon");
}

TEST(LlcVerdicts, EscapedIntoNoPhase) {
  Site site(4, 400);
  for (ChainRow& row : site.rows) row.unnamed = 0.995;
  expect_verdict(site, LlcVerdict::ok, "");  // w* has no phase either
  site.estimate.phase = 5;
  expect_verdict(site, LlcVerdict::escaped, "99.5 % of the looks found no phase of the catalogue");
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
  for (std::size_t c = 0; c < 2; ++c) site.shift(c, -2);
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
  Site single(1, 400);  // its R-hat, which does not exist, is not the reason
  single.draw(0, 100) = 1000;
  single.run();
  EXPECT_EQ(single.estimate.verdict, LlcVerdict::not_converged);
  EXPECT_NE(single.reason().find("above 0.1 of lambda"), std::string::npos) << single.reason();
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

// Each of them is told, not the gravest alone.
TEST(LlcVerdicts, SignsAreOneBitEach) {
  Site site(10, 400);
  site.run();
  EXPECT_EQ(site.estimate.signs, 0);
  for (ChainRow& row : site.rows) {
    row.elsewhere = 0.08;
    row.acceptance = 0.1;
  }
  site.estimate.bias_mcse = std::numeric_limits<double>::infinity();
  for (std::size_t c = 0; c < 4; ++c) site.shift(c, 2);
  site.run();
  EXPECT_EQ(site.estimate.signs, sign_another_gon | sign_acceptance | sign_step_bias_unknown |
                                     sign_rhat | sign_effective_size | sign_error);
  EXPECT_EQ(site.estimate.verdict, LlcVerdict::step_too_large);
  site.shift(9, -20);
  site.run();
  EXPECT_TRUE(site.estimate.signs & sign_few_fell);
  EXPECT_FALSE(site.estimate.signs & sign_many_fell);
  site.shift(8, -20);
  site.run();
  EXPECT_TRUE(site.estimate.signs & sign_many_fell);
  EXPECT_FALSE(site.estimate.signs & sign_few_fell);
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

}  // namespace
}  // namespace kgon
