// Sequential Monte Carlo against evidences that are known. Bounds are 4.5 standard errors of the
// islands' mean, fixed beforehand.
#include "engine/smc_island.hpp"

#include <gtest/gtest.h>

#include <cmath>

#include "engine/sample_estimate.hpp"
#include "kgon/engine/catalogue.hpp"
#include "support/emulated_particles.hpp"
#include "support/estimates.hpp"
#include "support/two_wells.hpp"

namespace kgon {
namespace {

SamplePlan plan_of(std::uint32_t islands, std::uint32_t particles, double nbeta, double scale) {
  SamplePlan plan;
  plan.shape = {1, 17};  // has no phases of its own
  plan.smc.islands = islands;
  plan.smc.particles = particles;
  plan.draws = 10;
  SampleRun run;
  run.key = 42;
  run.population = true;
  run.samples = 1000;
  run.beta = nbeta / 1000;
  run.prior_scale = scale;
  plan.runs.push_back(run);
  return plan;
}

template <class Model>
std::vector<SampleBlock> run_islands(const SamplePlan& plan) {
  test::EmulatedParticleRunner<Model, double, false> runner;
  RunControl control;
  std::vector<SampleBlock> blocks(plan.smc.islands);
  for (std::uint32_t i = 0; i < plan.smc.islands; ++i)
    EXPECT_TRUE(run_island({&plan, 0, i, nullptr}, runner, blocks[i], control));
  EXPECT_EQ(control.member_steps, plan.smc.islands * island_progress);
  return blocks;
}

TEST(SmcIsland, EvidenceOfAStretchedWell) {
  for (const double nbeta : {3.0, 1000.0}) {
    const SamplePlan plan = plan_of(12, 256, nbeta, 0.7);
    const auto blocks = run_islands<test::StretchedWell>(plan);
    const RunEstimate estimate = estimate_run(plan, blocks);
    test::expect_within(estimate.log_evidence, test::StretchedWell::log_evidence(nbeta, 0.7));
    EXPECT_LT(estimate.log_evidence.se, 0.15);
    // d log Z / d nbeta = -E[L], from the exact evidence.
    const double step = 1e-4 * nbeta;
    test::expect_within(estimate.mean_loss, (test::StretchedWell::log_evidence(nbeta - step, 0.7) -
                                             test::StretchedWell::log_evidence(nbeta + step, 0.7)) /
                                                (2 * step));
  }
}

TEST(SmcIsland, WeighsTwoWells) {
  using Model = test::TwoWells<4>;
  const SamplePlan plan = plan_of(16, 512, 1, 1);
  const RunEstimate estimate = estimate_run(plan, run_islands<Model>(plan));
  const double left = Model::evidence(0, 1), right = Model::evidence(1, 1);
  test::expect_within(estimate.log_evidence, std::log(left + right));
  // The wells are 2.5 apart and at most 0.16 wide.
  test::expect_within(estimate.phases.at(1).occupancy, right / (left + right));
  test::expect_within(estimate.phases.at(0).free_energy, -std::log(left));
  test::expect_within(estimate.phases.at(1).free_energy, -std::log(right));
  test::expect_within(estimate.labels.at(0), left / (left + right));
}

TEST(SmcIsland, EveryIslandHasItsOwnNumbers) {
  const SamplePlan plan = plan_of(3, 64, 10, 1);
  const auto blocks = run_islands<test::StretchedWell>(plan);
  EXPECT_NE(blocks[0].log_evidence, blocks[1].log_evidence);
  EXPECT_NE(blocks[1].parameters, blocks[2].parameters);
  const auto again = run_islands<test::StretchedWell>(plan);
  EXPECT_EQ(blocks[2].parameters, again[2].parameters);
  EXPECT_EQ(blocks[2].log_evidence, again[2].log_evidence);
}

TEST(SmcIsland, DrawsAndDiagnostics) {
  const SamplePlan plan = plan_of(2, 64, 100, 1);
  const SampleBlock block = run_islands<test::StretchedWell>(plan)[1];
  EXPECT_EQ(block.island, 1u);
  EXPECT_EQ(block.parameters.size(), 10u * 18);
  EXPECT_EQ(block.loss.size(), 10u);
  double gradient[18];
  for (std::size_t d = 0; d < 10; ++d) {
    const double loss =
        test::StretchedWell::Population<double>{}(block.parameters.data() + d * 18, gradient);
    EXPECT_EQ(block.loss[d], loss);
  }
  EXPECT_GT(block.stages, 3u);
  EXPECT_GT(block.acceptance, 0.4);
  EXPECT_GE(block.ancestors, 1u);
  EXPECT_LE(block.ancestors, 64u);
  EXPECT_GE(block.leapfrogs, 64u * block.stages * plan.smc.moves);
}

// A stopped island delivers nothing.
TEST(SmcIsland, Stops) {
  const SamplePlan plan = plan_of(1, 64, 100, 1);
  test::EmulatedParticleRunner<test::StretchedWell, double, false> runner;
  RunControl control;
  control.stop = true;
  SampleBlock block;
  EXPECT_FALSE(run_island({&plan, 0, 0, nullptr}, runner, block, control));
}

}  // namespace
}  // namespace kgon
