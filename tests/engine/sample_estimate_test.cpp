// From islands to estimates.
#include "engine/sample_estimate.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <string>

#include "engine/jackknife.hpp"
#include "kgon/engine/catalogue.hpp"
#include "support/phases.hpp"
#include "support/word_source.hpp"

namespace kgon {
namespace {

using test::five;
using test::six;

SampleBlock weighted_island(double log_evidence, double share_of_six) {
  SampleBlock block;
  block.log_evidence = log_evidence;
  block.hull_phases = {{five, 1 - share_of_six}, {six, share_of_six}};
  block.labels = {{phase_other, 1.0}};
  block.mean_loss = share_of_six;
  return block;
}

SamplePlan plan_at(std::vector<std::uint32_t> samples) {
  SamplePlan plan;
  plan.shape = {2, 6};
  for (const std::uint32_t n : samples) {
    SampleRun& run = plan.runs.emplace_back();
    run.samples = n;
    run.population = true;
  }
  return plan;
}

TEST(Jackknife, OfAMeanIsTheStandardError) {
  test::WordSource source(1);
  std::vector<double> values(20), without;
  double sum = 0, squares = 0;
  for (double& x : values) sum += x = source.normal();
  for (const double x : values) {
    without.push_back((sum - x) / 19);
    squares += (x - sum / 20) * (x - sum / 20);
  }
  EXPECT_NEAR(jackknife_error(without), std::sqrt(squares / (19.0 * 20)), 1e-14);
  EXPECT_TRUE(std::isnan(jackknife_error(std::vector<double>{1.0})));
  EXPECT_TRUE(std::isnan(jackknife_error(std::vector<double>{1.0, INFINITY})));
}

// 2 islands of 2 chains; phases: of the chains, one character a draw.
std::vector<SampleBlock> chain_blocks(const std::vector<std::string>& phases) {
  std::vector<SampleBlock> blocks;
  for (std::size_t c = 0; c < phases.size(); ++c) {
    if (c % 2 == 0) blocks.emplace_back();
    SampleBlock& block = blocks.back();
    for (std::size_t d = 0; d < phases[c].size(); ++d) {
      block.hull_phase.push_back(phases[c][d] == '5' ? five : six);
      block.phase.push_back(phase_other);
      block.loss.push_back(std::sin(1.0 + 7.0 * static_cast<double>(c + 4 * d)));
    }
    block.divergences += c;
    block.energy_fraction.push_back(1.0 - 0.1 * static_cast<double>(c));
  }
  return blocks;
}

SamplePlan chain_plan(std::uint32_t draws) {
  SamplePlan plan = plan_at({100});
  plan.method = SampleMethod::nuts;
  plan.chains.chains = 2;
  plan.draws = draws;
  return plan;
}

TEST(SampleEstimate, ChainsStandInForIslands) {
  const auto blocks = chain_blocks({"55565566", "55555555", "65656565", "66665555"});
  const RunEstimate estimate = estimate_run(chain_plan(8), blocks);
  EXPECT_FALSE(estimate.has_evidence);
  EXPECT_TRUE(std::isnan(estimate.log_evidence.value));
  const std::vector<double> shares = {3.0 / 8, 0, 4.0 / 8, 4.0 / 8};
  double mean = 0, squares = 0;
  for (const double x : shares) mean += x / 4;
  for (const double x : shares) squares += (x - mean) * (x - mean);
  EXPECT_NEAR(estimate.phases.at(six).occupancy.value, mean, 1e-14);
  EXPECT_NEAR(estimate.phases.at(six).occupancy.se, std::sqrt(squares / 12), 1e-14);
  EXPECT_EQ(estimate.chains.phase_changes, 3u + 0 + 7 + 1);
  EXPECT_EQ(estimate.chains.divergences, 0u + 1 + 2 + 3);
  EXPECT_NEAR(estimate.chains.energy_fraction, 0.7, 1e-14);
  EXPECT_GT(estimate.chains.phase_rhat, 1);
  EXPECT_EQ(estimate.chains.chains, 4u);
  EXPECT_EQ(estimate.chains.mixing_chains, 1u);  // 3, 0, 7 and 1 changes
  EXPECT_TRUE(std::isfinite(estimate.chains.rhat));
}

TEST(SampleEstimate, ChainsThatNeverChangeDoNotMix) {
  const auto stuck = estimate_run(chain_plan(4), chain_blocks({"5555", "5555", "6666", "5555"}));
  EXPECT_EQ(stuck.chains.phase_changes, 0u);
  EXPECT_EQ(stuck.chains.phase_rhat, INFINITY);
  const auto alike = estimate_run(chain_plan(4), chain_blocks({"5555", "5555", "5555", "5555"}));
  EXPECT_EQ(alike.chains.phase_rhat, 1);
  // They may all have fallen into it.
  EXPECT_FALSE(alike.chains.weighs_modes());
}

TEST(SampleEstimate, ChainsThatChangeTogetherMix) {
  const auto mixing =
      estimate_run(chain_plan(12),
                   chain_blocks({"566565665656", "656656556566", "556665656565", "665556656556"}));
  EXPECT_EQ(mixing.chains.mixing_chains, 4u);
  EXPECT_EQ(mixing.chains.weighs_modes(), mixing.chains.phase_rhat <= most_sample_rhat);
  // Halves that are constant leave no variance but that between them.
  const auto halves = estimate_run(chain_plan(4), chain_blocks({"5566", "5566", "5566", "5566"}));
  EXPECT_GT(halves.chains.phase_rhat, most_sample_rhat);
}

TEST(SampleEstimate, WhatIsNotANumberStays) {
  auto blocks = chain_blocks({"5565", "5655", "6565", "6655"});
  blocks[0].energy_fraction[1] = std::nan("");
  EXPECT_TRUE(std::isnan(estimate_run(chain_plan(4), blocks).chains.energy_fraction));
  blocks[0].rhat = 1.2;
  blocks[1].rhat = std::nan("");
  blocks.push_back(blocks[0]);
  EXPECT_TRUE(std::isnan(estimate_run(chain_plan(4), blocks).rhat));
}

TEST(SampleEstimate, WeighsIslandsByTheirEvidence) {
  // exp(-1000) underflows: only ratios of evidences count.
  const double base = -1000;
  const std::vector<SampleBlock> islands = {weighted_island(base, 0.5),
                                            weighted_island(base + std::log(3.0), 0.1)};
  const SamplePlan plan = plan_at({100});
  const RunEstimate estimate = estimate_run(plan, islands);
  EXPECT_NEAR(estimate.log_evidence.value, base + std::log(2.0), 1e-12);
  EXPECT_NEAR(estimate.phases.at(six).occupancy.value, (0.5 + 3 * 0.1) / 4, 1e-14);
  EXPECT_NEAR(estimate.phases.at(five).occupancy.value, (0.5 + 3 * 0.9) / 4, 1e-14);
  EXPECT_NEAR(estimate.phases.at(six).free_energy.value, -base - std::log(0.8 / 2), 1e-12);
  EXPECT_NEAR(estimate.mean_loss.value, 0.2, 1e-14);
  EXPECT_NEAR(estimate.labels.at(phase_other).value, 1, 1e-14);
  // Two islands: half the distance of what each says alone.
  EXPECT_NEAR(estimate.phases.at(six).occupancy.se, 0.2, 1e-14);
  EXPECT_NEAR(estimate.log_evidence.se, std::log(3.0) / 2, 1e-12);
  EXPECT_TRUE(std::isnan(estimate_run(plan, {islands.data(), 1}).log_evidence.se));
}

TEST(SampleEstimate, APhaseOfOneIslandHasNoError) {
  std::vector<SampleBlock> islands = {weighted_island(0, 0.5), weighted_island(0, 0.5),
                                      weighted_island(0, 0.5)};
  const PhaseCode rare = tms::phase_code(3, 1, 0);
  islands[1].hull_phases[rare] = 0.01;
  const RunEstimate estimate = estimate_run(plan_at({100}), islands);
  EXPECT_TRUE(std::isnan(estimate.phases.at(rare).free_energy.se));
  EXPECT_NEAR(estimate.phases.at(rare).free_energy.value, -std::log(0.01 / 3), 1e-12);
  EXPECT_GT(estimate.phases.at(rare).occupancy.se, 0);
}

// Standard errors cover: z of 2,000 repetitions has variance 1 within 15 %.
TEST(SampleEstimate, ErrorsCover) {
  test::WordSource source(7);
  double squares = 0;
  constexpr int rounds = 2000;
  for (int round = 0; round < rounds; ++round) {
    std::vector<SampleBlock> islands;
    for (int i = 0; i < 40; ++i) {
      const double log_evidence = 0.1 * source.normal() - 0.005;  // E[Z_i] = 1
      islands.push_back(weighted_island(log_evidence, 0.3 + 0.02 * source.normal()));
    }
    const Estimate six_part = estimate_run(plan_at({100}), islands).phases.at(six).occupancy;
    squares += std::pow((six_part.value - 0.3) / six_part.se, 2) / rounds;
  }
  EXPECT_NEAR(squares, 1, 0.15);
}

}  // namespace
}  // namespace kgon
