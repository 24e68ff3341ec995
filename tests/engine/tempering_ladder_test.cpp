// Parallel tempering against posteriors that are known. Bounds are 4.5 standard errors of the
// islands' mean, fixed beforehand.
#include "engine/tempering_ladder.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/sample_estimate.hpp"
#include "engine/smc_island.hpp"
#include "support/emulated_particles.hpp"
#include "support/far_out.hpp"
#include "support/two_wells.hpp"

namespace kgon {
namespace {

constexpr double bound = 4.5;

// Runs at every second n, beginning with the second.
SamplePlan plan_of(std::vector<std::uint32_t> rungs, std::uint32_t islands, double beta) {
  SamplePlan plan;
  plan.shape = {1, 17};
  plan.method = SampleMethod::tempering;
  plan.smc.islands = islands;
  plan.smc.leapfrogs = 8;
  plan.tempering = {4, 150, 400};
  plan.draws = 6;
  SampleLadder& ladder = plan.ladders.emplace_back();
  ladder.key = 77;
  for (std::size_t k = 0; k < rungs.size(); ++k) {
    LadderRung& rung = ladder.rungs.emplace_back();
    rung.samples = rungs[k];
    if (k % 2 == 0) continue;
    rung.run = static_cast<std::int64_t>(plan.runs.size());
    SampleRun& run = plan.runs.emplace_back();
    run.samples = rungs[k];
    run.population = true;
    run.beta = beta;
  }
  return plan;
}

// By run and island.
template <class Model>
std::vector<std::vector<SampleBlock>> run_islands(SamplePlan plan) {
  plan.shape = {1, Model::parameters / 2};  // has so many parameters
  RunControl control;
  std::vector<std::vector<SampleBlock>> by_run(plan.runs.size());
  for (std::uint32_t i = 0; i < plan.smc.islands; ++i) {
    const LadderTask task{&plan, 0, i,
                          std::vector<const SortedSampleTable*>(plan.ladders[0].rungs.size())};
    std::vector<SampleBlock> blocks;
    EXPECT_TRUE(run_ladder(
        task, [] { return std::make_unique<test::EmulatedParticleRunner<Model, double, false>>(); },
        blocks, control));
    EXPECT_EQ(blocks.size(), plan.runs.size());
    for (SampleBlock& block : blocks) by_run[block.run].push_back(std::move(block));
  }
  EXPECT_EQ(control.member_steps, plan.smc.islands * plan.runs.size() * island_progress);
  return by_run;
}

void expect_within(const Estimate& estimate, double truth) {
  ASSERT_GT(estimate.se, 0);
  EXPECT_LT(std::abs(estimate.value - truth), bound * estimate.se)
      << estimate.value << " +- " << estimate.se << ", exactly " << truth;
}

// Nothing swaps a chain out of the lowest rung that is far worse than all others, and there no step
// that suits the others is ever accepted.
TEST(TemperingLadder, AChainFromFarOutComesIn) {
  SamplePlan plan = plan_of({50, 70}, 2, 1);
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
  const SamplePlan plan = plan_of({2, 5, 12, 30, 70, 150}, 10, 2);
  const auto by_run = run_islands<test::StretchedWell>(plan);
  for (std::size_t r = 0; r < plan.runs.size(); ++r) {
    const double nbeta = 2.0 * plan.runs[r].samples, step = 1e-4 * nbeta;
    const double truth = (test::StretchedWell::log_evidence(nbeta - step, 1) -
                          test::StretchedWell::log_evidence(nbeta + step, 1)) /
                         (2 * step);
    const RunEstimate estimate = estimate_run(plan, by_run[r]);
    expect_within(estimate.mean_loss, truth);
    EXPECT_LT(estimate.mean_loss.se, 0.02 * truth);
    EXPECT_FALSE(estimate.has_evidence);
    EXPECT_TRUE(std::isnan(estimate.log_evidence.value));
    EXPECT_GT(estimate.round_trips, 10);
    EXPECT_GT(estimate.swap_rate, 0.03);
    EXPECT_LT(estimate.rhat, 1.1);
    EXPECT_NEAR(estimate.acceptance, target_acceptance, 0.1);
  }
}

// Two wells that no chain crosses between by itself keep their weights.
TEST(TemperingLadder, WeighsTwoWells) {
  using Model = test::TwoWells<4>;
  // n beta = 0.02 ... 1 in units of 1 / 100.
  SamplePlan plan = plan_of({1, 2, 4, 8, 16, 30, 55, 100}, 12, 0.01);
  const auto by_run = run_islands<Model>(plan);
  const RunEstimate estimate = estimate_run(plan, by_run.back());
  const double left = Model::evidence(0, 1), right = Model::evidence(1, 1);
  expect_within(estimate.phases.at(1).occupancy, right / (left + right));
  EXPECT_LT(estimate.phases.at(1).occupancy.se, 0.1);
}

TEST(TemperingLadder, DrawsAreThoseOfTheChains) {
  const SamplePlan plan = plan_of({5, 20}, 1, 2);
  const auto by_run = run_islands<test::StretchedWell>(plan);
  const SampleBlock& block = by_run[0][0];
  ASSERT_EQ(block.parameters.size(), 6u * 18);
  double gradient[18];
  for (std::size_t d = 0; d < 6; ++d)
    EXPECT_EQ(block.loss[d], test::StretchedWell::Population<double>{}(
                                 block.parameters.data() + d * 18, gradient));
  EXPECT_EQ(block.phase.size(), 6u);
  EXPECT_GT(block.leapfrogs, 4u * 550 * 2);
}

// Swaps that ignore one of the two temperatures, or that are always made, are caught.
class DeafRunner : public test::EmulatedParticleRunner<test::StretchedWell, double, false> {
 public:
  using Base = test::EmulatedParticleRunner<test::StretchedWell, double, false>;
  // Losses that the swaps see are all the same: every swap is made.
  void read_losses(std::vector<double>& losses) override {
    Base::read_losses(losses);
    for (double& loss : losses) loss = 0;
  }
};

TEST(TemperingLadder, SwapsThatAreAlwaysMadeAreCaught) {
  const SamplePlan plan = plan_of({2, 10, 40, 150}, 10, 2);
  RunControl control;
  std::vector<SampleBlock> last;
  for (std::uint32_t i = 0; i < plan.smc.islands; ++i) {
    SamplePlan shaped = plan;
    shaped.shape = {1, 9};
    const LadderTask task{&shaped, 0, i, std::vector<const SortedSampleTable*>(4)};
    std::vector<SampleBlock> blocks;
    run_ladder(
        task, [] { return std::make_unique<DeafRunner>(); }, blocks, control);
    // The losses of the draws tell the law.
    double gradient[18], mean = 0;
    for (std::size_t d = 0; d < 6; ++d)
      mean += test::StretchedWell::Population<double>{}(blocks.back().parameters.data() + d * 18,
                                                        gradient) /
              6;
    blocks.back().mean_loss = mean;
    last.push_back(blocks.back());
  }
  const Estimate mean_loss = estimate_run(plan, last).mean_loss;
  const double nbeta = 300, step = 0.03;
  const double truth = (test::StretchedWell::log_evidence(nbeta - step, 1) -
                        test::StretchedWell::log_evidence(nbeta + step, 1)) /
                       (2 * step);
  EXPECT_GT(std::abs(mean_loss.value - truth), bound * mean_loss.se);
}

}  // namespace
}  // namespace kgon
