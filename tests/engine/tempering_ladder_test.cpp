// Parallel tempering against posteriors that are known. Bounds are 4.5 standard errors of the
// islands' mean, fixed beforehand.
#include "engine/tempering_ladder.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

#include "engine/chain_diagnostics.hpp"
#include "engine/ladder_runs.hpp"
#include "engine/sample_estimate.hpp"
#include "kgon/batch/chain_group.hpp"
#include "kgon/dynamics/hamiltonian.hpp"
#include "support/emulated_particles.hpp"
#include "support/estimates.hpp"
#include "support/far_out.hpp"
#include "support/two_wells.hpp"

namespace kgon {
namespace {

template <class Model>
std::vector<std::vector<SampleBlock>> run_ladders(const SamplePlan& plan) {
  return run_ladders<Model>(
      plan, [] { return std::make_unique<test::EmulatedParticleRunner<Model, double, false>>(); });
}

// Nothing swaps a chain out of the lowest rung that is far worse than all others, and there no step
// that suits the others is ever accepted.
TEST(TemperingLadder, AChainFromFarOutComesIn) {
  SamplePlan plan = ladder_plan({50, 70}, 2, 1);
  plan.shape = {1, test::Bowl::parameters / 2};
  plan.ladders[0].rungs[0].run = 1;
  plan.runs.push_back(plan.runs[0]);
  plan.runs[1].samples = 50;
  for (SampleRun& run : plan.runs) run.prior_scale = 10;
  RunControl control;
  std::vector<SampleBlock> blocks;
  ASSERT_TRUE(run_ladder(
      {&plan, 0, 0, {nullptr, nullptr}}, [] { return std::make_unique<test::OneFarOut>(); }, blocks,
      control));
  for (const SampleBlock& block : blocks) {
    EXPECT_LT(plan.runs[block.run].samples * block.mean_loss, test::Bowl::bound);
    EXPECT_LT(block.rhat, 1.1);
  }
}

// Every rung has the law of its own n.
TEST(TemperingLadder, MeanLossesOfAStretchedWell) {
  const SamplePlan plan = ladder_plan({2, 5, 12, 30, 70, 150}, 10, 2);
  const auto by_run = run_ladders<test::StretchedWell>(plan);
  for (std::size_t r = 0; r < plan.runs.size(); ++r) {
    const double truth = stretched_mean_loss(2.0 * plan.runs[r].samples);
    const RunEstimate estimate = estimate_run(plan, by_run[r]);
    test::expect_within(estimate.mean_loss, truth);
    EXPECT_LT(estimate.mean_loss.se, 0.02 * truth);
    EXPECT_FALSE(estimate.has_evidence);
    EXPECT_TRUE(std::isnan(estimate.log_evidence.value));
    EXPECT_GT(estimate.round_trips, 10);
    EXPECT_GT(estimate.swap_rate, 0.03);
    EXPECT_LT(estimate.rhat, 1.1);
    // Of 10 islands of 4 chains of 400 rounds.
    EXPECT_GT(estimate.bulk_ess, 1000);
    EXPECT_LT(estimate.bulk_ess, 16000);
    EXPECT_GT(estimate.tail_ess, 1000);
    EXPECT_NEAR(estimate.acceptance, target_acceptance, 0.1);
  }
}

// Two wells that no chain crosses between by itself keep their weights.
TEST(TemperingLadder, WeighsTwoWells) {
  using Model = test::TwoWells<4>;
  // n beta = 0.02 ... 1 in units of 1 / 100.
  SamplePlan plan = ladder_plan({1, 2, 4, 8, 16, 30, 55, 100}, 12, 0.01);
  const auto by_run = run_ladders<Model>(plan);
  const RunEstimate estimate = estimate_run(plan, by_run.back());
  const double left = Model::evidence(0, 1), right = Model::evidence(1, 1);
  test::expect_within(estimate.phases.at(1).occupancy, right / (left + right));
  EXPECT_LT(estimate.phases.at(1).occupancy.se, 0.1);
}

TEST(TemperingLadder, DrawsAreThoseOfTheChains) {
  const SamplePlan plan = ladder_plan({5, 20}, 1, 2);
  const auto by_run = run_ladders<test::StretchedWell>(plan);
  const SampleBlock& block = by_run[0][0];
  ASSERT_EQ(block.parameters.size(), 4u * 6 * 18);
  double gradient[18];
  for (std::size_t d = 0; d < 4 * 6; ++d)
    EXPECT_EQ(block.loss[d], test::StretchedWell::Population<double>{}(
                                 block.parameters.data() + d * 18, gradient));
  EXPECT_EQ(block.phase.size(), 4u * 6);
}

// A chain of the result is a chain of the ladder, all of them seen in the same rounds.
TEST(TemperingLadder, AChainOfDrawsIsAChain) {
  SamplePlan plan = ladder_plan({5, 20}, 1, 2);
  plan.draws = plan.tempering.rounds;
  const SampleBlock all = run_ladders<test::StretchedWell>(plan)[0][0];
  plan.draws = 50;
  const SampleBlock some = run_ladders<test::StretchedWell>(plan)[0][0];
  ASSERT_EQ(some.loss.size(), 4u * 50);
  for (std::size_t c = 0; c < 4; ++c)
    for (std::size_t d = 0; d < 50; ++d) {
      const std::size_t in_some = c * 50 + d, in_all = c * 400 + 8 * d + 7;
      EXPECT_EQ(some.loss[in_some], all.loss[in_all]);
      for (std::size_t p = 0; p < 18; ++p)
        EXPECT_EQ(some.parameters[in_some * 18 + p], all.parameters[in_all * 18 + p]);
    }
  // All rounds are the trace that diagnostics and mean are of.
  const ChainDiagnostics of_draws = diagnose(ChainDraws(all.loss, 4, 400));
  EXPECT_EQ(all.rhat, of_draws.rhat);
  EXPECT_EQ(all.bulk_ess, of_draws.bulk_ess);
  EXPECT_EQ(all.tail_ess, of_draws.tail_ess);
  EXPECT_NEAR(all.mean_loss, std::accumulate(all.loss.begin(), all.loss.end(), 0.0) / 1600, 1e-12);
}

TEST(TemperingLadder, LeapfrogsAreThoseOfAllRungs) {
  SamplePlan plan = ladder_plan({5, 10, 20, 40, 80}, 1, 2);
  std::uint64_t of_all = 0;
  for (std::size_t k = 0; k < 5; ++k) {
    const std::uint64_t key = chain_member(chain_member(plan.ladders[0].key, 0), k);
    for (std::uint64_t t = 0; t < 550 * plan.smc.moves; ++t)
      of_all += 4 * leapfrog_count(key, Purpose::particle_leapfrogs, t, plan.smc.leapfrogs);
  }
  std::uint64_t of_blocks = 0;
  for (const auto& islands : run_ladders<test::StretchedWell>(plan))
    of_blocks += islands[0].leapfrogs;
  EXPECT_EQ(of_blocks, of_all);
}

TEST(TemperingLadder, ASingleRungHasNoSwapsAndNoRoundTrips) {
  SamplePlan plan = ladder_plan({5, 20}, 2, 2);
  plan.ladders[0].rungs.erase(plan.ladders[0].rungs.begin());
  const auto by_run = run_ladders<test::StretchedWell>(plan);
  EXPECT_TRUE(std::isnan(by_run[0][0].swap_rate));
  EXPECT_EQ(by_run[0][0].round_trips, 0u);
  const RunEstimate estimate = estimate_run(plan, by_run[0]);
  EXPECT_TRUE(std::isnan(estimate.swap_rate));
  EXPECT_TRUE(std::isnan(estimate.round_trips));
  EXPECT_EQ(estimate.bulk_ess, by_run[0][0].bulk_ess + by_run[0][1].bulk_ess);
  EXPECT_EQ(estimate.tail_ess, by_run[0][0].tail_ess + by_run[0][1].tail_ess);
}

}  // namespace
}  // namespace kgon
