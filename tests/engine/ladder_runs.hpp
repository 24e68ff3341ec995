// Ladders of posteriors that are known, run by emulated particles.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "engine/smc_island.hpp"
#include "engine/tempering_ladder.hpp"
#include "support/two_wells.hpp"

namespace kgon {

// Runs at every second n, beginning with the second.
inline SamplePlan ladder_plan(const std::vector<std::uint32_t>& rungs, std::uint32_t islands,
                              double beta) {
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

// By run and island. make_runner is called for one rung after the other.
template <class Model>
std::vector<std::vector<SampleBlock>> run_ladders(
    SamplePlan plan, const std::function<std::unique_ptr<ParticleRunner>()>& make_runner) {
  plan.shape = {1, Model::parameters / 2};  // has so many parameters
  RunControl control;
  std::vector<std::vector<SampleBlock>> by_run(plan.runs.size());
  for (std::uint32_t i = 0; i < plan.smc.islands; ++i) {
    const LadderTask task{&plan, 0, i,
                          std::vector<const SortedSampleTable*>(plan.ladders[0].rungs.size())};
    std::vector<SampleBlock> blocks;
    EXPECT_TRUE(run_ladder(task, make_runner, blocks, control));
    EXPECT_EQ(blocks.size(), plan.runs.size());
    for (SampleBlock& block : blocks) by_run[block.run].push_back(std::move(block));
  }
  EXPECT_EQ(control.member_steps, plan.smc.islands * plan.runs.size() * island_progress);
  return by_run;
}

// Posterior mean of the loss of a stretched well, prior scale 1.
inline double stretched_mean_loss(double nbeta) {
  const double step = 1e-4 * nbeta;
  return (test::StretchedWell::log_evidence(nbeta - step, 1) -
          test::StretchedWell::log_evidence(nbeta + step, 1)) /
         (2 * step);
}

}  // namespace kgon
