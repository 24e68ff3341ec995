// Islands of hmc and nuts: what they hand on, and what it depends on. Whether the draws have the
// right law is in chain_calibration_test.cpp.
#include "engine/chain_island.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include "engine/chain_start.hpp"
#include "engine/short_steps.hpp"
#include "kgon/batch/chain_group.hpp"
#include "support/emulated_nuts.hpp"
#include "support/emulated_particles.hpp"
#include "support/far_out.hpp"
#include "support/statistics.hpp"
#include "support/two_wells.hpp"

namespace kgon {
namespace {

using Well = test::StretchedWell;
constexpr std::size_t P = Well::parameters;
constexpr double nbeta = 300, prior_scale = 0.7;

SamplePlan plan_of(SampleMethod method, std::uint32_t chains, std::uint32_t warmup,
                   std::uint32_t draws) {
  SamplePlan plan;
  plan.shape = {1, 9};  // as many parameters as the well
  plan.method = method;
  plan.chains.chains = chains;
  plan.chains.warmup = warmup;
  plan.draws = draws;
  SampleRun& run = plan.runs.emplace_back();
  run.key = 42;
  run.population = true;
  run.samples = 1000;
  run.beta = nbeta / 1000;
  run.prior_scale = prior_scale;
  return plan;
}

template <class Model>
using Nuts = test::EmulatedNutsRunner<Model, double, false>;
template <class Model>
using Hmc = test::EmulatedParticleRunner<Model, double, false>;

template <class Model = Well>
SampleBlock run_island_of(const SamplePlan& plan, std::uint32_t island = 0) {
  SampleBlock block;
  RunControl control;
  const IslandTask task{&plan, 0, island, nullptr};
  if (plan.method == SampleMethod::nuts) {
    Nuts<Model> runner;
    EXPECT_TRUE(run_nuts_island(task, runner, block, control));
  } else {
    Hmc<Model> runner;
    EXPECT_TRUE(run_hmc_island(task, runner, block, control));
  }
  EXPECT_EQ(control.member_steps, island_progress);
  return block;
}

std::span<const double> point_of(const SampleBlock& block, std::size_t at) {
  return std::span(block.parameters).subspan(at * P, P);
}

// U at a draw.
double energy_of(const SampleBlock& block, std::size_t at) {
  double squares = 0;
  for (const double x : point_of(block, at)) squares += x * x;
  return nbeta * block.loss[at] + squares / (2 * prior_scale * prior_scale);
}

// Both samplers.
class ChainIsland : public testing::TestWithParam<SampleMethod> {};
INSTANTIATE_TEST_SUITE_P(, ChainIsland, testing::Values(SampleMethod::hmc, SampleMethod::nuts),
                         [](const auto& instance) {
                           return instance.param == SampleMethod::hmc ? "hmc" : "nuts";
                         });

TEST_P(ChainIsland, HandsOnEveryDraw) {
  const SamplePlan plan = plan_of(GetParam(), 5, 100, 40);
  const SampleBlock block = run_island_of(plan, 3);
  EXPECT_EQ(block.run, 0u);
  EXPECT_EQ(block.island, 3u);
  EXPECT_EQ(block.parameters.size(), 5u * 40 * P);
  EXPECT_EQ(block.phase, std::vector<PhaseCode>(5 * 40, 0));
  EXPECT_EQ(block.hull_phase, std::vector<PhaseCode>(5 * 40, 0));
  EXPECT_EQ(block.statistics.size(), 5u * 40);
  EXPECT_EQ(block.energy_fraction.size(), 5u);
  ASSERT_EQ(block.loss.size(), 5u * 40);
  double gradient[P];
  for (std::size_t at = 0; at < block.loss.size(); ++at)
    ASSERT_EQ(block.loss[at], Well::Population<double>{}(point_of(block, at).data(), gradient));
}

TEST_P(ChainIsland, DescribesEveryDraw) {
  const SamplePlan plan = plan_of(GetParam(), 5, 200, 40);
  const SampleBlock block = run_island_of(plan);
  for (std::size_t at = 0; at < block.statistics.size(); ++at) {
    const DrawStatistics& draw = block.statistics[at];
    ASSERT_FALSE(draw.diverging);
    ASSERT_GE(draw.acceptance, 0);
    ASSERT_LE(draw.acceptance, 1);
    ASSERT_GT(draw.step_size, 0);
    ASSERT_GE(draw.leapfrogs, 1u);
    ASSERT_GT(draw.hamiltonian, energy_of(block, at));
    if (GetParam() == SampleMethod::nuts) {
      // Two leaves at least, and the start is none of the leapfrogs.
      ASSERT_GE(draw.tree_depth, 1);
      ASSERT_LE(draw.tree_depth, plan.chains.max_depth);
      ASSERT_GE(draw.leapfrogs, (1u << draw.tree_depth) - 1);
      ASSERT_LT(draw.leapfrogs, 2u << draw.tree_depth);
    } else {
      ASSERT_LE(draw.leapfrogs, plan.smc.leapfrogs);
    }
  }
}

TEST_P(ChainIsland, SumsItsDrawsUp) {
  const SampleBlock block = run_island_of(plan_of(GetParam(), 5, 200, 40));
  const auto mean = [&](const auto& of) {
    double sum = 0;
    for (std::size_t at = 0; at < block.loss.size(); ++at) sum += of(at);
    return sum / static_cast<double>(block.loss.size());
  };
  const double rounding = 1e-12;
  EXPECT_NEAR(block.mean_loss, mean([&](std::size_t at) { return block.loss[at]; }), rounding);
  EXPECT_NEAR(block.acceptance,
              mean([&](std::size_t at) { return block.statistics[at].acceptance; }), rounding);
  EXPECT_NEAR(block.step_size, mean([&](std::size_t at) { return block.statistics[at].step_size; }),
              rounding);
  ASSERT_EQ(block.labels.size(), 1u);
  EXPECT_NEAR(block.labels.at(0), 1, rounding);
  EXPECT_NEAR(block.hull_phases.at(0), 1, rounding);
  EXPECT_EQ(block.divergences, 0u);
  EXPECT_GT(block.rhat, 0.9);
}

// Momenta are standard normal in units of the metric, so the Hamiltonian of a draw exceeds its
// energy by P / 2 on average, and by independent amounts in the means of different chains.
TEST_P(ChainIsland, HamiltoniansHaveTheKineticEnergyOfTheirDraws) {
  constexpr std::uint32_t chains = 64, draws = 50;
  const SampleBlock block = run_island_of(plan_of(GetParam(), chains, 500, draws));
  double sum = 0, squares = 0;
  for (std::uint32_t chain = 0; chain < chains; ++chain) {
    double kinetic = 0;
    for (std::size_t at = chain * draws; at < (chain + 1) * draws; ++at)
      kinetic += (block.statistics[at].hamiltonian - energy_of(block, at)) / draws;
    sum += kinetic;
    squares += kinetic * kinetic;
  }
  const double mean = sum / chains, variance = (squares - sum * mean) / (chains - 1);
  // Student's t with 63 degrees of freedom is beyond it with a chance of 3e-5.
  EXPECT_LT(std::abs(mean - P / 2.0), test::z_bound * std::sqrt(variance / chains));
}

TEST_P(ChainIsland, EnergyFractionsAreThoseOfTheHamiltonians) {
  constexpr std::uint32_t draws = 40;
  const SampleBlock block = run_island_of(plan_of(GetParam(), 3, 100, draws));
  for (std::size_t chain = 0; chain < 3; ++chain) {
    const auto hamiltonian = [&](std::size_t draw) {
      return block.statistics[chain * draws + draw].hamiltonian;
    };
    double mean = 0, changes = 0, squares = 0;
    for (std::size_t d = 0; d < draws; ++d) mean += hamiltonian(d) / draws;
    for (std::size_t d = 0; d < draws; ++d) squares += std::pow(hamiltonian(d) - mean, 2);
    for (std::size_t d = 1; d < draws; ++d)
      changes += std::pow(hamiltonian(d) - hamiltonian(d - 1), 2);
    EXPECT_NEAR(block.energy_fraction[chain], changes / squares, 1e-9);
  }
}

// Long warm-ups end within 0.1 of the target; nuts stays above it, as the acceptance falls ever
// faster with the step size that dual averaging averages. More acceptance takes smaller steps.
TEST_P(ChainIsland, WarmupFindsTheTargetAcceptance) {
  double before = INFINITY;
  for (const double target : {0.8, 0.9}) {
    SamplePlan plan = plan_of(GetParam(), 16, 1000, 100);
    plan.chains.target = target;
    const SampleBlock block = run_island_of(plan);
    EXPECT_NEAR(block.acceptance, target, 0.1);
    EXPECT_LT(block.step_size, before);
    before = block.step_size;
  }
}

// The shortest warm-ups: no step, and with and without a window of the metric.
TEST_P(ChainIsland, WarmsUpForAsLongAsIsAskedFor) {
  for (const std::uint32_t warmup : {0u, 1u, 19u, 20u, 21u}) {
    const SampleBlock block = run_island_of(plan_of(GetParam(), 3, warmup, 5));
    ASSERT_EQ(block.parameters.size(), 3 * 5 * P);
    EXPECT_TRUE(std::ranges::all_of(block.parameters, [](double x) { return std::isfinite(x); }));
    for (const DrawStatistics& draw : block.statistics) {
      EXPECT_GT(draw.step_size, 0);
      EXPECT_TRUE(std::isfinite(draw.step_size));
      if (warmup == 0) {
        EXPECT_EQ(draw.step_size, 1 / stiffest_root_precision(prior_scale, nbeta));
      }
    }
  }
}

TEST_P(ChainIsland, EveryIslandHasItsOwnNumbers) {
  const SamplePlan plan = plan_of(GetParam(), 3, 20, 5);
  const SampleBlock first = run_island_of(plan, 1), second = run_island_of(plan, 2);
  for (std::size_t at = 0; at < first.loss.size(); ++at) EXPECT_NE(first.loss[at], second.loss[at]);
}

TEST_P(ChainIsland, TheSameIslandHasTheSameBits) {
  const SamplePlan plan = plan_of(GetParam(), 3, 100, 5);
  const SampleBlock first = run_island_of(plan, 1), second = run_island_of(plan, 1);
  EXPECT_EQ(first.parameters, second.parameters);
  EXPECT_EQ(first.loss, second.loss);
  EXPECT_EQ(first.energy_fraction, second.energy_fraction);
  EXPECT_EQ(first.leapfrogs, second.leapfrogs);
  for (std::size_t at = 0; at < first.statistics.size(); ++at)
    EXPECT_EQ(first.statistics[at].hamiltonian, second.statistics[at].hamiltonian);
}

// What comes later does not change what was before, which also says how draws are laid out.
TEST_P(ChainIsland, MoreDrawsContinueTheChains) {
  const SampleBlock few = run_island_of(plan_of(GetParam(), 3, 50, 4)),
                    many = run_island_of(plan_of(GetParam(), 3, 50, 9));
  for (std::size_t chain = 0; chain < 3; ++chain)
    for (std::size_t draw = 0; draw < 4; ++draw) {
      const std::size_t at = chain * 4 + draw, same = chain * 9 + draw;
      EXPECT_TRUE(std::ranges::equal(point_of(few, at), point_of(many, same)));
      EXPECT_EQ(few.loss[at], many.loss[same]);
      EXPECT_EQ(few.statistics[at].hamiltonian, many.statistics[same].hamiltonian);
    }
}

TEST_P(ChainIsland, ThinningKeepsEveryThirdDraw) {
  SamplePlan plan = plan_of(GetParam(), 3, 50, 12);
  const SampleBlock every = run_island_of(plan);
  plan.draws = 4;
  plan.chains.thin = 3;
  const SampleBlock third = run_island_of(plan);
  for (std::size_t at = 0; at < 12; ++at) {
    EXPECT_TRUE(std::ranges::equal(point_of(third, at), point_of(every, 3 * at + 2)));
    EXPECT_EQ(third.statistics[at].hamiltonian, every.statistics[3 * at + 2].hamiltonian);
  }
  // All steps count.
  EXPECT_EQ(third.energy_fraction, every.energy_fraction);
  EXPECT_EQ(third.leapfrogs, every.leapfrogs);
}

std::uint64_t leapfrogs_of_draws(const SampleBlock& block) {
  std::uint64_t sum = 0;
  for (const DrawStatistics& draw : block.statistics) sum += draw.leapfrogs;
  return sum;
}

TEST_P(ChainIsland, CountsEveryLeapfrog) {
  const SampleBlock cold = run_island_of(plan_of(GetParam(), 3, 0, 10));
  EXPECT_EQ(cold.leapfrogs, leapfrogs_of_draws(cold));
  const SampleBlock warm = run_island_of(plan_of(GetParam(), 3, 30, 10));
  EXPECT_GE(warm.leapfrogs, leapfrogs_of_draws(warm) + 3 * 30);
}

// Chains of nuts are independent of those beside them; those of hmc share their step size.
TEST(NutsIsland, ChainsDoNotSeeThoseBesideThem) {
  const SampleBlock few = run_island_of(plan_of(SampleMethod::nuts, 3, 100, 6)),
                    many = run_island_of(plan_of(SampleMethod::nuts, 7, 100, 6));
  EXPECT_TRUE(std::ranges::equal(few.parameters, std::span(many.parameters).first(3 * 6 * P)));
  EXPECT_TRUE(std::ranges::equal(few.loss, std::span(many.loss).first(3 * 6)));
  for (std::size_t at = 0; at < few.statistics.size(); ++at) {
    EXPECT_EQ(few.statistics[at].hamiltonian, many.statistics[at].hamiltonian);
    EXPECT_EQ(few.statistics[at].step_size, many.statistics[at].step_size);
  }
}

// Each has a step size of its own, which stays what it is after the warm-up.
TEST(NutsIsland, ChainsHaveTheirOwnStepSizes) {
  const SampleBlock block = run_island_of(plan_of(SampleMethod::nuts, 3, 100, 6));
  const auto step_size = [&](std::size_t at) { return block.statistics[at].step_size; };
  for (std::size_t chain = 0; chain < 3; ++chain) {
    for (std::size_t draw = 1; draw < 6; ++draw)
      EXPECT_EQ(step_size(chain * 6 + draw), step_size(chain * 6));
    EXPECT_NE(step_size(chain * 6), step_size((chain + 1) % 3 * 6));
  }
}

// Without a warm-up step sizes are all the same: then chains of hmc are independent too.
TEST(HmcIsland, ChainsShareTheirStepSizeAlone) {
  const SampleBlock few = run_island_of(plan_of(SampleMethod::hmc, 3, 0, 6)),
                    many = run_island_of(plan_of(SampleMethod::hmc, 7, 0, 6));
  EXPECT_TRUE(std::ranges::equal(few.parameters, std::span(many.parameters).first(3 * 6 * P)));
  const SampleBlock warm = run_island_of(plan_of(SampleMethod::hmc, 7, 50, 6));
  for (const DrawStatistics& draw : warm.statistics)
    EXPECT_EQ(draw.step_size, warm.statistics[0].step_size);
}

// Keeps the step sizes of all moves and the accepted parts of chains.
struct RecordingHmc : Hmc<Well> {
  std::vector<double> step_sizes, acceptances;
  std::uint64_t move(const ParticleStage& stage, RunControl& control) override {
    const std::uint64_t accepted = Hmc<Well>::move(stage, control);
    step_sizes.push_back(stage.step_size);
    acceptances.push_back(static_cast<double>(accepted) / group_.count);
    return accepted;
  }
};

// Dual averaging of what all chains accepted, but for steps that are shorter by intent, and after
// the warm-up its average.
TEST(HmcIsland, StepSizesAreThoseOfDualAveraging) {
  const SamplePlan plan = plan_of(SampleMethod::hmc, 7, 30, 6);
  RecordingHmc runner;
  SampleBlock block;
  RunControl control;
  ASSERT_TRUE(run_hmc_island({&plan, 0, 0, nullptr}, runner, block, control));
  ASSERT_EQ(runner.step_sizes.size(), 36u);
  StepSizeState state;
  restart(state, std::log(1 / stiffest_root_precision(prior_scale, nbeta)));
  for (std::size_t step = 0; step < 30; ++step) {
    const double factor = short_step_factor(step);
    EXPECT_NEAR(std::log(runner.step_sizes[step]), state.log_step + std::log(factor), 1e-9);
    if (factor == 1) adapt(state, plan.chains.target, runner.acceptances[step]);
  }
  for (std::size_t step = 30; step < 36; ++step)
    EXPECT_NEAR(std::log(runner.step_sizes[step]), state.mean_log_step, 1e-9);
}

// One chain starts where no step that suits the others is ever accepted.
TEST(HmcIsland, AChainFromFarOutComesIn) {
  SamplePlan plan = plan_of(SampleMethod::hmc, 16, 300, 20);
  plan.runs[0].prior_scale = 10;
  test::OneFarOut runner;
  SampleBlock block;
  RunControl control;
  ASSERT_TRUE(run_hmc_island({&plan, 0, 0, nullptr}, runner, block, control));
  for (const double loss : block.loss) EXPECT_LT(nbeta * loss, test::Bowl::bound);
}

// Leapfrogs of a draw's three steps, and the part of them that was accepted.
TEST(HmcIsland, StatisticsAreOfAllStepsOfADraw) {
  SamplePlan plan = plan_of(SampleMethod::hmc, 3, 50, 30);
  plan.chains.target = 0.5;
  const SampleBlock every = run_island_of(plan);
  plan.draws = 10;
  plan.chains.thin = 3;
  const SampleBlock third = run_island_of(plan);
  for (std::size_t at = 0; at < 30; ++at) {
    std::uint32_t leapfrogs = 0;
    double accepted = 0;
    for (std::size_t step = 3 * at; step < 3 * at + 3; ++step) {
      leapfrogs += every.statistics[step].leapfrogs;
      accepted += every.statistics[step].acceptance;
    }
    EXPECT_EQ(third.statistics[at].leapfrogs, leapfrogs);
    EXPECT_NEAR(third.statistics[at].acceptance, accepted / 3, 1e-12);
  }
  EXPECT_LT(every.acceptance, 0.9);
}

TEST(NutsIsland, TreesStayBelowTheirGreatestDepth) {
  SamplePlan plan = plan_of(SampleMethod::nuts, 3, 50, 20);
  plan.chains.max_depth = 2;
  const SampleBlock block = run_island_of(plan);
  std::int32_t deepest = 0;
  for (const DrawStatistics& draw : block.statistics) {
    EXPECT_LE(draw.leapfrogs, 3u);
    deepest = std::max(deepest, draw.tree_depth);
  }
  EXPECT_EQ(deepest, 2);
}

// A well whose walls are too steep for the first step size: L is the sum of w^4. Beyond 10 it is
// as high as that, or not a number at all.
template <bool HasEdge>
struct SteepWell : test::StretchedWell {
  static constexpr int parameters = 2;
  static constexpr double edge = 10;

  template <class S>
  struct Population {
    S operator()(const S* w, S* gradient) const {
      S sum = 0;
      for (int p = 0; p < parameters; ++p) {
        gradient[p] = 4 * w[p] * w[p] * w[p];
        sum += gradient[p] * w[p] / 4;
        if (HasEdge && std::abs(w[p]) > edge) sum = std::numeric_limits<S>::quiet_NaN();
      }
      return sum;
    }
  };
};

// From the edge every step diverges: the gradient of U is 300 * 4000 there, the step size 0.04, so
// that a leapfrog goes 1,000 away. The chains stay, and say so.
template <class Model>
void expect_divergences(SampleMethod method) {
  SamplePlan plan = plan_of(method, 3, 0, 10);
  plan.shape = {1, 1};
  plan.chains.start = {ChainStart::Kind::point, {Model::edge, Model::edge}};
  const SampleBlock block = run_island_of<Model>(plan);
  EXPECT_EQ(block.divergences, 30u);
  EXPECT_EQ(block.parameters, std::vector<double>(2 * 30, Model::edge));
  for (const DrawStatistics& draw : block.statistics) {
    EXPECT_TRUE(draw.diverging);
    EXPECT_EQ(draw.acceptance, 0);
    EXPECT_EQ(draw.tree_depth, 0);
    if (method == SampleMethod::nuts) {
      EXPECT_EQ(draw.leapfrogs, 1u);
    }
  }
}

TEST_P(ChainIsland, TellsOfDivergences) {
  expect_divergences<SteepWell<false>>(GetParam());
}

TEST_P(ChainIsland, TellsOfDivergencesToWhereThereIsNoLoss) {
  expect_divergences<SteepWell<true>>(GetParam());
}

struct StartedNuts : Nuts<Well> {
  std::vector<double> started;
  void start(const NutsJob& job, std::span<const double> points) override {
    started.assign(points.begin(), points.end());
    Nuts<Well>::start(job, points);
  }
};
struct StartedHmc : Hmc<Well> {
  std::vector<double> started;
  void place(std::span<const double> points, std::span<const double> losses) override {
    started.assign(points.begin(), points.end());
    Hmc<Well>::place(points, losses);
  }
};

TEST(ChainStarts, AreWhereBothSamplersStart) {
  SamplePlan plan = plan_of(SampleMethod::nuts, 5, 0, 1);
  for (const auto kind :
       {ChainStart::Kind::prior, ChainStart::Kind::uniform, ChainStart::Kind::point}) {
    plan.chains.start = {kind, std::vector<double>(P, 0.25)};
    const std::uint64_t key = chain_member(plan.runs[0].key, 2);
    const auto expected = chain_starts(plan.chains.start, key, 5, P, prior_scale);
    SampleBlock block;
    RunControl control;
    StartedNuts nuts;
    EXPECT_TRUE(run_nuts_island({&plan, 0, 2, nullptr}, nuts, block, control));
    EXPECT_EQ(nuts.started, expected);
    StartedHmc hmc;
    SampleBlock other;
    EXPECT_TRUE(run_hmc_island({&plan, 0, 2, nullptr}, hmc, other, control));
    EXPECT_EQ(hmc.started, expected);
  }
}

// Asks to stop during its `last`-th call.
struct StoppingNuts : Nuts<Well> {
  int last = 1;
  bool advance(RunControl& control) override {
    control.stop = --last == 0;
    return Nuts<Well>::advance(control);
  }
};
struct StoppingHmc : Hmc<Well> {
  int last = 1;
  std::uint64_t move(const ParticleStage& stage, RunControl& control) override {
    control.stop = --last == 0;
    return Hmc<Well>::move(stage, control);
  }
};

// A stopped island says so, whether it stops at once, while it warms up or later: its chains have
// 10 + 10 steps.
TEST(ChainIslands, Stop) {
  for (const int last : {1, 5, 15}) {
    const SamplePlan plan = plan_of(SampleMethod::nuts, 3, 10, 10);
    const IslandTask task{&plan, 0, 0, nullptr};
    SampleBlock block;
    RunControl nuts_control, hmc_control;
    StoppingNuts nuts;
    nuts.last = last;
    EXPECT_FALSE(run_nuts_island(task, nuts, block, nuts_control)) << last;
    EXPECT_LE(nuts.last, 0);
    StoppingHmc hmc;
    hmc.last = last;
    EXPECT_FALSE(run_hmc_island(task, hmc, block, hmc_control)) << last;
    EXPECT_EQ(hmc.last, 0);
  }
}

TEST_P(ChainIsland, StopsWhereItIsAskedToBeforehand) {
  const SamplePlan plan = plan_of(GetParam(), 3, 10, 10);
  const IslandTask task{&plan, 0, 0, nullptr};
  SampleBlock block;
  RunControl control;
  control.stop = true;
  Nuts<Well> nuts;
  Hmc<Well> hmc;
  EXPECT_FALSE(GetParam() == SampleMethod::nuts ? run_nuts_island(task, nuts, block, control)
                                                : run_hmc_island(task, hmc, block, control));
}

// A shared progress counter moves on by the same for every island.
TEST_P(ChainIsland, AddsItsProgressToThatOfOthers) {
  const SamplePlan plan = plan_of(GetParam(), 3, 7, 11);
  RunControl control;
  for (std::uint32_t island = 0; island < 2; ++island) {
    SampleBlock block;
    const IslandTask task{&plan, 0, island, nullptr};
    Nuts<Well> nuts;
    Hmc<Well> hmc;
    EXPECT_TRUE(GetParam() == SampleMethod::nuts ? run_nuts_island(task, nuts, block, control)
                                                 : run_hmc_island(task, hmc, block, control));
    EXPECT_EQ(control.member_steps, (island + 1) * island_progress);
  }
}

}  // namespace
}  // namespace kgon
