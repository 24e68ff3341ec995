// What a task asks of its runner, and what it makes of the answers.
#include "engine/llc_task.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "engine/model_chain_runner.hpp"
#include "engine/site_curvature.hpp"
#include "engine/step_tuner.hpp"
#include "support/llc_sites.hpp"

namespace kgon {
namespace {

constexpr double nbeta = 1000, gamma_here = 20;

// Moves no chain. Pilots accept 2 Phi(-x), x proportional to the step and such that the step sought
// is 10^-3 times the site's number; draws are 1, 2, 1, 2, ... times the step.
class FakeRunner : public ModelChainRunner<2, 6> {
 public:
  std::vector<ChainJob> jobs;
  std::size_t runs_left = 1000;
  std::uint64_t fails_at = 0;  // step of chain 1, 0 for none

  bool run(const ChainJob& job, ChainOutcome& outcome, RunControl& control) override {
    if (runs_left-- == 0) return false;
    jobs.push_back(job);
    make_room(job, outcome);
    control.member_steps += outcome.status.size() * job.settings.steps();
    std::ranges::fill(outcome.failed_step, job.settings.steps() + 1);
    for (std::size_t c = 0; c < outcome.status.size(); ++c) {
      const ChainSite& site = job.sites[c / job.chains];
      const auto counted = static_cast<double>(job.settings.draws * job.settings.thin);
      outcome.accepted[c] = static_cast<std::uint64_t>(counted * acceptance(site));
      outcome.elsewhere[c] = 1;
      outcome.unnamed[c] = 2;
      outcome.outside[c] = 3;
      for (std::size_t d = 0; !job.settings.pilot && d < job.settings.draws; ++d)
        outcome.trace[c * job.settings.draws + d] = site.step_size * static_cast<double>(1 + d % 2);
    }
    if (fails_at > 0 && !job.settings.pilot) {
      outcome.status[1] = MemberStatus::diverged;
      outcome.failed_step[1] = fails_at;
    }
    return true;
  }

 private:
  static double acceptance(const ChainSite& site) {
    const double sought = 1e-3 * static_cast<double>(site.identity - 999);
    return std::erfc(0.179 * site.step_size / sought);  // 0.8 at the step sought
  }
};

LlcGroup hmc_group() {
  LlcGroup group;
  group.sampler = Sampler::hmc;
  group.population = true;
  group.burn_in = 7;
  group.draws = 60;
  group.thin = 3;
  group.classify_every = 10;
  return group;
}

LlcPlan three_sites(const LlcGroup& group) {
  LlcPlan plan = test::empty_llc_plan(2);
  for (const char* label : {"5", "5+", "6"})
    test::add_site(plan, test::labelled_point(label), nbeta, gamma_here);
  test::add_group(plan, group);
  return plan;
}

struct TaskRun {
  FakeRunner runner;
  RunControl control;
  LlcBlock block;
  bool finished = false;

  explicit TaskRun(const LlcPlan& plan, std::size_t runs = 1000, std::uint64_t fails_at = 0) {
    runner.runs_left = runs;
    runner.fails_at = fails_at;
    const PhaseLambdas lambdas = phase_lambdas(plan.shape);
    const LlcTask task{&plan, plan.groups.data(), 0, plan.sites.size(), {}, &lambdas, 2};
    finished = run_llc_task(task, runner, block, control);
  }
};

TEST(LlcTask, PilotsRunWhereAStepIsSought) {
  LlcPlan plan = three_sites(hmc_group());
  plan.sites[1].step_size = 0.5;
  plan.sites[1].step_scale = 2;
  plan.sites[2].step_scale = 0.25;
  const TaskRun run(plan);
  ASSERT_TRUE(run.finished);
  ASSERT_EQ(run.runner.jobs.size(), pilot_rounds + 1u);
  for (std::size_t round = 0; round < pilot_rounds; ++round) {
    const ChainJob& pilot = run.runner.jobs[round];
    EXPECT_TRUE(pilot.settings.pilot);
    EXPECT_EQ(pilot.chains, pilot_chains);
    ASSERT_EQ(pilot.sites.size(), 2u);
    EXPECT_EQ(pilot.sites[0].identity, plan.sites[0].identity);
    EXPECT_EQ(pilot.sites[1].identity, plan.sites[2].identity);
    EXPECT_TRUE(std::equal(pilot.centers.begin() + 18, pilot.centers.end(),
                           plan.points.begin() + 36, plan.points.end()));
  }
  const ChainJob& job = run.runner.jobs.back();
  EXPECT_FALSE(job.settings.pilot);
  EXPECT_EQ(job.chains, 2u);
  EXPECT_NEAR(job.sites[0].step_size, 1e-3, 1e-4);
  EXPECT_EQ(job.sites[1].step_size, 1);
  EXPECT_NEAR(job.sites[2].step_size, 0.25 * 3e-3, 1e-4);
  for (std::size_t s = 0; s < 3; ++s)
    EXPECT_EQ(run.block.estimates[s].step_size, job.sites[s].step_size);
}

TEST(LlcTask, TakesTheStepsThatWereAnnounced) {
  LlcPlan plan = three_sites(hmc_group());
  plan.check_bias = true;
  for (const Sampler sampler : {Sampler::hmc, Sampler::mala, Sampler::langevin, Sampler::sgld}) {
    plan.groups[0].sampler = sampler;
    for (const double given : {0.5, 0.0}) {
      plan.sites[1].step_size = given;
      EXPECT_EQ(TaskRun(plan).control.member_steps, llc_steps(plan, plan.groups[0]));
    }
  }
}

TEST(LlcTask, UnadjustedChainsStartAtTheDefaultStep) {
  LlcGroup group = hmc_group();
  group.sampler = Sampler::langevin;
  LlcPlan plan = three_sites(group);
  plan.sites[2].step_scale = 3;
  const TaskRun run(plan);
  ASSERT_EQ(run.runner.jobs.size(), 1u);
  const SiteCurvature curvature = site_curvature(plan.shape, test::labelled_point("6"));
  EXPECT_DOUBLE_EQ(run.runner.jobs[0].sites[2].step_size,
                   3 * default_step_size(Sampler::langevin, curvature, nbeta, gamma_here));
  const LlcEstimate& e = run.block.estimates[2];
  EXPECT_EQ(e.step_bias,
            gaussian_step_bias(Sampler::langevin, curvature, nbeta, gamma_here, e.step_size));
  EXPECT_GT(e.step_bias, 0);
}

TEST(LlcTask, FillsInWhatIsKnownOfASite) {
  const LlcPlan plan = three_sites(hmc_group());
  const TaskRun run(plan);
  const LlcEstimate& e = run.block.estimates[2];
  const SiteCurvature curvature = site_curvature(plan.shape, test::labelled_point("6"));
  EXPECT_NEAR(e.loss, 0.04819, 5e-6);
  EXPECT_LT(e.gradient_norm, 1e-12);
  EXPECT_EQ(e.largest_curvature, curvature.largest());
  EXPECT_EQ(e.smallest_curvature, curvature.smallest());
  EXPECT_EQ(e.lambda_gaussian, gaussian_lambda(curvature, nbeta, gamma_here));
  EXPECT_EQ(e.localization_bias, e.lambda_gaussian - 8.5);
  EXPECT_EQ(e.step_bias, 0);
  EXPECT_EQ(e.lambda_theory, 8.5);
  EXPECT_EQ(e.phase, tms::phase_code(6, 0, 0));
  EXPECT_NEAR(e.lambda_hat, nbeta * 1.5 * e.step_size, 1e-12);
  EXPECT_TRUE(std::isnan(e.bias));
  const ChainJob& job = run.runner.jobs.back();
  EXPECT_EQ(job.sites[2].loss, e.loss);
  EXPECT_EQ(job.sites[2].nbeta, nbeta);
  EXPECT_EQ(job.sites[2].localization, gamma_here);
}

TEST(LlcTask, CountsLooksAndAcceptedSteps) {
  const TaskRun run(three_sites(hmc_group()));
  ASSERT_EQ(run.block.chains.size(), 6u);
  for (const ChainRow& row : run.block.chains) {
    EXPECT_DOUBLE_EQ(row.elsewhere, 1 / 6.0);
    EXPECT_DOUBLE_EQ(row.unnamed, 2 / 6.0);
    EXPECT_DOUBLE_EQ(row.outside, 3 / 6.0);
    EXPECT_NEAR(row.acceptance, 0.8, 0.05);
    EXPECT_EQ(row.failed_step, 7 + 3 * 60 + 1u);
  }
  LlcGroup group = hmc_group();
  group.classify_every = 0;
  EXPECT_TRUE(std::isnan(TaskRun(three_sites(group)).block.chains[0].elsewhere));
}

TEST(LlcTask, BiasIsTheDifferenceToHalfTheStep) {
  LlcGroup group = hmc_group();
  group.sampler = Sampler::langevin;
  LlcPlan plan = three_sites(group);
  plan.check_bias = true;
  for (const Sampler sampler : {Sampler::langevin, Sampler::sgld}) {
    plan.groups[0].sampler = sampler;
    const TaskRun run(plan);
    ASSERT_EQ(run.runner.jobs.size(), 2u);
    for (std::size_t s = 0; s < 3; ++s) {
      const LlcEstimate& e = run.block.estimates[s];
      EXPECT_EQ(run.runner.jobs[1].sites[s].step_size, e.step_size / 2);
      EXPECT_DOUBLE_EQ(e.bias, e.lambda_hat);  // the fake's draws are proportional to the step
      EXPECT_DOUBLE_EQ(e.bias_mcse, 2 * e.mcse * std::sqrt(1.25));
    }
  }
  plan.groups[0].sampler = Sampler::hmc;  // has none
  EXPECT_TRUE(std::isnan(TaskRun(plan).block.estimates[0].bias));
}

TEST(LlcTask, HandsOnTheLossesWhereAsked) {
  LlcPlan plan = three_sites(hmc_group());
  EXPECT_TRUE(TaskRun(plan).block.losses.empty());
  plan.keep_losses = true;
  const TaskRun run(plan);
  ASSERT_EQ(run.block.losses.size(), 3 * 2 * 60u);
  const LlcEstimate& last = run.block.estimates[2];
  EXPECT_EQ(run.block.losses[2 * 2 * 60 + 1], last.loss + 2 * last.step_size);
}

// Burn-in 7, then a draw every third step: the first after steps 10, 13 and 16.
TEST(LlcTask, AFailedChainHasNoLossesFromThenOn) {
  LlcPlan plan = three_sites(hmc_group());
  plan.keep_losses = true;
  for (const auto& [step, sound] :
       {std::pair{12u, 1u}, std::pair{13u, 1u}, std::pair{14u, 2u}, std::pair{1u, 0u}}) {
    const TaskRun run(plan, 1000, step);
    EXPECT_EQ(run.block.chains[1].status, MemberStatus::diverged);
    for (std::size_t chain = 0; chain < 6; ++chain)
      for (std::size_t d = 0; d < 60; ++d)
        EXPECT_EQ(std::isnan(run.block.losses[chain * 60 + d]), chain == 1 && d >= sound)
            << step << ' ' << chain << ' ' << d;
  }
}

TEST(LlcTask, StopsInAnyRun) {
  LlcPlan plan = three_sites(hmc_group());
  for (const std::size_t runs : {0u, 5u, 10u}) EXPECT_FALSE(TaskRun(plan, runs).finished);
  EXPECT_TRUE(TaskRun(plan, 11).finished);
  plan.groups[0].sampler = Sampler::langevin;
  plan.check_bias = true;
  EXPECT_FALSE(TaskRun(plan, 1).finished);
  EXPECT_TRUE(TaskRun(plan, 2).finished);
}

}  // namespace
}  // namespace kgon
