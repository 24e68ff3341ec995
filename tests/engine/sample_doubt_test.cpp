// Estimates that are not to be believed are said to be so.
#include "engine/sample_doubt.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace kgon {
namespace {

bool says(const std::string& doubts, const std::string& part) {
  return doubts.find(part) != std::string::npos;
}

SamplePlan plan_of(SampleMethod method) {
  SamplePlan plan;
  plan.method = method;
  plan.smc.islands = 3;
  plan.smc.particles = 1000;
  plan.tempering.chains = 4;
  return plan;
}

// Nothing to doubt by any sampler.
RunEstimate sound() {
  RunEstimate estimate;
  estimate.acceptance = 0.5;
  estimate.ancestors = 20;
  estimate.round_trips = 12;
  estimate.rhat = 1.05;
  estimate.chains.rhat = estimate.chains.phase_rhat = 1.05;
  estimate.chains.chains = 12;
  estimate.chains.mixing_chains = 6;
  estimate.chains.energy_fraction = 0.3;
  return estimate;
}

TEST(SampleDoubt, ThereIsNoneInSoundRuns) {
  for (const SampleMethod method :
       {SampleMethod::smc, SampleMethod::tempering, SampleMethod::hmc, SampleMethod::nuts})
    EXPECT_EQ(doubt(plan_of(method), sound()), "");
}

TEST(SampleDoubt, OfSequentialMonteCarlo) {
  const SamplePlan plan = plan_of(SampleMethod::smc);
  RunEstimate estimate = sound();
  estimate.acceptance = 0.49;
  EXPECT_EQ(doubt(plan, estimate),
            "the last moves were accepted in 49 % of the cases; take more moves");
  estimate.ancestors = 19;
  EXPECT_EQ(doubt(plan, estimate),
            "the last moves were accepted in 49 % of the cases; take more moves; the 1000 "
            "particles of an island descend from 19; take more particles");
  for (const double se : {0.51, std::nan("")}) {
    estimate = sound();
    estimate.log_evidence.se = se;
    EXPECT_TRUE(says(doubt(plan, estimate), "the islands disagree")) << se;
  }
  SamplePlan one_island = plan;
  one_island.smc.islands = 1;
  EXPECT_EQ(doubt(one_island, estimate), "");
}

// A shard is judged by its own islands.
TEST(SampleDoubt, OfAShard) {
  SamplePlan plan = plan_of(SampleMethod::smc);
  plan.shard = {1, 1};
  EXPECT_EQ(doubt(plan, sound()),
            "the one island of this shard has no standard errors; merge the shards");
  plan.shard = {1, 2};
  EXPECT_EQ(doubt(plan, sound()), "");
  plan = plan_of(SampleMethod::tempering);
  plan.shard = {0, 1};
  RunEstimate estimate = sound();
  estimate.round_trips = 4;  // of 4 chains, where all islands have 12
  EXPECT_EQ(doubt(plan, estimate),
            "the one island of this shard has no standard errors; merge the shards");
  estimate.round_trips = 3;
  EXPECT_TRUE(says(doubt(plan, estimate), "less than one round trip"));
  plan = plan_of(SampleMethod::nuts);
  plan.shard = {0, 1};
  EXPECT_EQ(doubt(plan, sound()), "");
}

TEST(SampleDoubt, OfTempering) {
  SamplePlan plan = plan_of(SampleMethod::tempering);
  RunEstimate estimate = sound();
  estimate.round_trips = 11;
  EXPECT_TRUE(says(doubt(plan, estimate), "less than one round trip"));
  estimate.round_trips = std::nan("");  // of a ladder of one rung
  EXPECT_EQ(doubt(plan, estimate), "");
  estimate.chains.divergences = 2;
  EXPECT_EQ(doubt(plan, estimate), "2 steps diverged; take more warmup");
  estimate.chains.divergences = 0;
  estimate.chains.energy_fraction = 0.2;
  EXPECT_EQ(doubt(plan, estimate), "E-BFMI is 0.2: fresh momenta hardly change the energy");
  estimate.chains.energy_fraction = 0.3;
  for (const double rhat : {1.051, std::nan("")}) {
    estimate.rhat = rhat;
    EXPECT_TRUE(says(doubt(plan, estimate), "take more rounds"));
  }
  plan.tempering.chains = 1;
  EXPECT_EQ(doubt(plan, estimate),
            "a single chain of an island has no R-hat; take 2 chains or more");
}

TEST(SampleDoubt, OfChains) {
  const SamplePlan plan = plan_of(SampleMethod::nuts);
  const auto expect = [&](const auto& change, const std::string& part) {
    RunEstimate estimate = sound();
    change(estimate.chains);
    EXPECT_TRUE(says(doubt(plan, estimate), part)) << doubt(plan, estimate);
  };
  expect([](ChainQuality& q) { q.mixing_chains = 5; },
         "5 of 12 changed their phase 4 times or more; use smc");
  expect([](ChainQuality& q) { q.phase_rhat = 1.06; }, "R-hat of being in a phase is 1.06");
  expect([](ChainQuality& q) { q.phase_rhat = NAN; }, "do not weigh the modes");
  expect([](ChainQuality& q) { q.rhat = NAN; }, "R-hat of the loss");
  expect([](ChainQuality& q) { q.divergences = 1; }, "1 step diverged");
  expect([](ChainQuality& q) { q.energy_fraction = 0.29; }, "E-BFMI is 0.29");
  expect([](ChainQuality& q) { q.energy_fraction = NAN; }, "E-BFMI");
  expect([](ChainQuality& q) { q.chains = 1; }, "R-hat needs 2 chains with 4 draws each");
}

}  // namespace
}  // namespace kgon
