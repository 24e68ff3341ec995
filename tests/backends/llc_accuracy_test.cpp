// Estimates of the CPU back end against theory, and what chains that go wrong do to the others.
#include <gtest/gtest.h>

#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "backends/cpu/cpu_backend.hpp"
#include "engine/llc_estimate.hpp"
#include "engine/llc_verdict.hpp"
#include "engine/site_curvature.hpp"
#include "support/llc_sites.hpp"
#include "support/statistics.hpp"

namespace kgon::test {
namespace {

constexpr double million_nbeta = 1e6 / 13.815510557964274;  // 10^6 / log 10^6

LlcGroup population_group(Sampler sampler, std::uint64_t draws, std::uint64_t thin = 1) {
  LlcGroup group;
  group.sampler = sampler;
  group.population = true;
  group.samples = 1000000;
  group.draws = draws;
  group.thin = thin;
  group.burn_in = draws * thin / 10;
  group.classify_every = 50;
  return group;
}

// On a data set of n samples, nbeta being the sites' affair.
LlcGroup data_group(Sampler sampler, std::uint32_t n, std::uint64_t draws) {
  LlcGroup group = population_group(sampler, draws);
  group.population = false;
  group.samples = n;
  return group;
}

std::map<std::size_t, FinishedSite> estimated(const LlcPlan& plan, unsigned threads = 1) {
  LlcCollector collector;
  RunControl control;
  cpu::make_cpu_backend(threads, cpu::parse_instruction_set(""))
      ->estimate_llc(plan, collector, control);
  EXPECT_EQ(collector.sites.size(), plan.sites.size());
  return std::move(collector.sites);
}

// Everything about an estimate, for messages.
std::string shown(const LlcEstimate& e) {
  return "lambda " + std::to_string(e.lambda_hat) + " +- " + std::to_string(e.mcse) + " gaussian " +
         std::to_string(e.lambda_gaussian) + " R-hat " + std::to_string(e.rhat) + " ess " +
         std::to_string(e.ess) + " acceptance " + std::to_string(e.acceptance) + " below " +
         std::to_string(e.below) + " drift " + std::to_string(e.drift) + " used " +
         std::to_string(e.chains_used) + " bias " + std::to_string(e.bias) + " +- " +
         std::to_string(e.bias_mcse) + ' ' + verdict_name(e.verdict) + ": " +
         verdict_reason(Sampler::hmc, e);
}

struct KnownPoint {
  std::string label;
  double gamma, lambda;
};

// gamma bounds the flat directions of `5`: its dead column and bias. At 50 what it takes from the
// stiff directions (0.03) and what the loss of the flat ones adds far from w* cancel; at 10 they
// add up to +0.07, at 100 to -0.05.
const std::vector<KnownPoint> known_points = {{"5", 50, 7}, {"5+", 10, 8.5}, {"6", 10, 8.5}};

TEST(LlcAccuracy, HmcFindsTheLambdasOfTheory) {
  LlcPlan plan = empty_llc_plan(16);
  for (const KnownPoint& point : known_points)
    add_site(plan, labelled_point(point.label), million_nbeta, point.gamma);
  add_group(plan, population_group(Sampler::hmc, 4000));
  const auto sites = estimated(plan);
  for (std::size_t s = 0; s < known_points.size(); ++s) {
    const LlcEstimate& e = sites.at(s).estimate;
    SCOPED_TRACE(known_points[s].label + ' ' + shown(e));
    EXPECT_NEAR(e.lambda_hat, known_points[s].lambda, 0.1);
    EXPECT_NEAR(e.lambda_hat, known_points[s].lambda, 3 * e.mcse);
    EXPECT_EQ(e.lambda_theory, known_points[s].lambda);
    EXPECT_EQ(e.verdict, LlcVerdict::ok);
    EXPECT_NEAR(e.acceptance, 0.8, 0.1);
    EXPECT_EQ(e.chains_used, 16u);
  }
}

TEST(LlcAccuracy, LangevinAtItsDefaultStepIsWithinThreePerCent) {
  LlcPlan plan = empty_llc_plan(32);
  for (const KnownPoint& point : known_points)
    add_site(plan, labelled_point(point.label), million_nbeta, 100);
  add_group(plan, population_group(Sampler::langevin, 4000, 10));
  const auto sites = estimated(plan);
  for (std::size_t s = 0; s < known_points.size(); ++s) {
    const LlcEstimate& e = sites.at(s).estimate;
    SCOPED_TRACE(known_points[s].label + ' ' + shown(e));
    EXPECT_NEAR(e.lambda_hat / e.lambda_gaussian, 1, 0.03);
    EXPECT_EQ(e.verdict, LlcVerdict::ok);
  }
}

// The exact answer is that of hmc on the same samples. What thirty default steps of sgld add is
// known beforehand to first order, and said; the default itself adds next to nothing.
TEST(LlcAccuracy, TheNoiseOfMinibatchesIsKnownBeforehand) {
  LlcPlan plan = empty_llc_plan(16);
  constexpr std::uint32_t n = 50000;
  const double nbeta = n / std::log(n);
  for (const double scale : {30.0, 1.0})
    add_site(plan, labelled_point("6"), nbeta, 10).step_scale = scale;
  LlcGroup minibatches = data_group(Sampler::sgld, n, 2000);
  minibatches.batch = 20;
  minibatches.thin = 5;
  minibatches.burn_in = 2000;
  add_group(plan, minibatches);
  add_site(plan, labelled_point("6"), nbeta, 10);
  add_group(plan, data_group(Sampler::hmc, n, 2000));
  const auto sites = estimated(plan);
  const LlcEstimate &noisy = sites.at(0).estimate, &calm = sites.at(1).estimate,
                    &exact = sites.at(2).estimate;
  SCOPED_TRACE(shown(noisy) + '\n' + shown(calm) + '\n' + shown(exact));
  EXPECT_EQ(noisy.verdict, LlcVerdict::step_too_large);
  EXPECT_GT(noisy.step_bias, 2);
  EXPECT_NEAR(noisy.lambda_hat - exact.lambda_hat, noisy.step_bias, 0.2 * noisy.step_bias);
  EXPECT_LT(calm.step_bias, 0.03 * exact.lambda_hat);
  EXPECT_NEAR(calm.lambda_hat, exact.lambda_hat, z_bound * calm.mcse + calm.step_bias);
}

// Deviations of many sites from their mean, in units of the errors that they state.
TEST(LlcAccuracy, StatedErrorsAreTheSpreadOverSeeds) {
  constexpr int count = 100;
  LlcPlan plan = empty_llc_plan(4);
  for (int k = 0; k < count; ++k) add_site(plan, labelled_point("6"), million_nbeta, 50);
  add_group(plan, population_group(Sampler::hmc, 1000));
  double mean = 0, squares = 0;
  const auto sites = estimated(plan);
  for (const auto& [s, site] : sites) mean += site.estimate.lambda_hat / count;
  for (const auto& [s, site] : sites) {
    const double z = (site.estimate.lambda_hat - mean) / site.estimate.mcse;
    squares += z * z;
  }
  EXPECT_LT(std::abs(chi_square_z(squares, count - 1)), z_bound) << squares / (count - 1);
}

// The bias of the step is that of the law of an unadjusted chain in the Hessian's well, both where
// it is told beforehand and where a rerun at half the step measures it.
TEST(LlcAccuracy, AStepTenTimesTooLargeShowsItsBias) {
  LlcPlan plan = empty_llc_plan(16);
  plan.check_bias = true;
  for (const double scale : {1.0, 10.0})
    add_site(plan, labelled_point("6"), million_nbeta, 100).step_scale = scale;
  add_group(plan, population_group(Sampler::langevin, 4000, 4));
  const auto sites = estimated(plan);
  const LlcEstimate &calm = sites.at(0).estimate, &coarse = sites.at(1).estimate;
  SCOPED_TRACE(shown(calm) + "\n" + shown(coarse));
  const SiteCurvature curvature = site_curvature(plan.shape, labelled_point("6"));
  for (const LlcEstimate* e : {&calm, &coarse}) {
    EXPECT_LT(std::abs(e->lambda_hat - e->lambda_gaussian - e->step_bias), z_bound * e->mcse);
    const double at_half =
        gaussian_step_bias(Sampler::langevin, curvature, million_nbeta, 100, e->step_size / 2);
    EXPECT_LT(std::abs(e->bias - 2 * (e->step_bias - at_half)), z_bound * e->bias_mcse);
  }
  EXPECT_GT(coarse.step_bias, 10 * calm.step_bias);
  EXPECT_GT(coarse.bias, 3 * coarse.bias_mcse);
  EXPECT_EQ(coarse.verdict, LlcVerdict::step_too_large);
}

// At n = 1,000 chains around `5+` spend most of their time where its positive bias is not positive,
// and find no other gon. At gamma = 10 an independent sampler has 0.62 of its draws there.
TEST(LlcAccuracy, LooksOutsideOfTheRegionAreCounted) {
  LlcPlan plan = empty_llc_plan(16);
  for (const double gamma : {1.0, 10.0})
    add_site(plan, labelled_point("5+"), 1000 / std::log(1000.0), gamma);
  add_group(plan, population_group(Sampler::hmc, 2000)).classify_every = 10;
  const auto sites = estimated(plan);
  EXPECT_GT(sites.at(0).estimate.outside, 0.8);
  EXPECT_NEAR(sites.at(1).estimate.outside, 0.62, 0.06);
  for (const auto& [s, site] : sites) EXPECT_LT(site.estimate.elsewhere, most_elsewhere);
}

TEST(LlcAccuracy, PrecisionsAgree) {
  LlcPlan plan = empty_llc_plan(16);
  for (const char* label : {"5", "5+", "6"})
    add_site(plan, labelled_point(label), 5000 / std::log(5000.0), 100);
  add_group(plan, data_group(Sampler::mala, 5000, 2000));
  const std::size_t count = plan.sites.size();
  for (const char* label : {"5", "5+", "6"})
    add_site(plan, labelled_point(label), million_nbeta, 100);
  add_group(plan, population_group(Sampler::hmc, 2000));
  const auto single = estimated(plan);
  plan.precision = Precision::float64;
  const auto wide = estimated(plan);
  ASSERT_EQ(single.size(), 2 * count);
  for (const auto& [s, site] : single) {
    const LlcEstimate &a = site.estimate, &b = wide.at(s).estimate;
    SCOPED_TRACE(shown(a) + "\n" + shown(b));
    EXPECT_LT(std::abs(a.lambda_hat - b.lambda_hat), z_bound * std::hypot(a.mcse, b.mcse));
    EXPECT_NEAR(a.loss, b.loss, 1e-12);
  }
}

// 4,096 sites of one chain; `keep` says which of them the plan has.
template <class Keep>
LlcPlan crowd(Sampler sampler, const Keep& keep) {
  LlcPlan plan = empty_llc_plan(1);
  plan.keep_losses = true;
  const std::vector<std::string> labels = {"5", "5+", "6", "4", "4+"};
  for (std::uint64_t k = 0; k < 4096; ++k) {
    if (!keep(k)) continue;
    LlcSite& site = add_site(plan, labelled_point(labels[k % labels.size()]), 100, 50);
    site.identity = k;
    site.step_size = 5e-4;
  }
  add_group(plan, data_group(sampler, 1000, 40)).classify_every = 10;
  return plan;
}

bool is_planted(std::uint64_t k) {
  return k % 100 == 37 && k < 4100;
}

std::uint64_t bits(double number) {
  return std::bit_cast<std::uint64_t>(number);
}

void expect_equal(const FinishedSite& a, const FinishedSite& b) {
  ASSERT_EQ(a.losses.size(), b.losses.size());
  for (std::size_t d = 0; d < a.losses.size(); ++d) EXPECT_EQ(bits(a.losses[d]), bits(b.losses[d]));
  ASSERT_EQ(a.chains.size(), b.chains.size());
  for (std::size_t c = 0; c < a.chains.size(); ++c) {
    const ChainRow &x = a.chains[c], &y = b.chains[c];
    EXPECT_EQ(x.status, y.status);
    EXPECT_EQ(x.use, y.use);
    EXPECT_EQ(x.failed_step, y.failed_step);
    for (const auto field : {&ChainRow::mean_excess, &ChainRow::acceptance, &ChainRow::below,
                             &ChainRow::elsewhere, &ChainRow::unnamed, &ChainRow::outside})
      EXPECT_EQ(bits(x.*field), bits(y.*field));
  }
  for (const auto field : {&LlcEstimate::lambda_hat, &LlcEstimate::mcse, &LlcEstimate::ess,
                           &LlcEstimate::loss, &LlcEstimate::step_size, &LlcEstimate::drift})
    EXPECT_EQ(bits(a.estimate.*field), bits(b.estimate.*field));
  EXPECT_EQ(a.estimate.verdict, b.estimate.verdict);
}

TEST(LlcFailures, FortyOneOf4096BlowUpAlone) {
  LlcPlan plan = crowd(Sampler::langevin, [](std::uint64_t) { return true; });
  std::size_t planted = 0;
  for (LlcSite& site : plan.sites)
    if (is_planted(site.identity)) site.step_size = planted++ % 2 == 0 ? 1.0 : 1e38;
  ASSERT_EQ(planted, 41u);
  const auto sites = estimated(plan, 2);
  const auto calm =
      estimated(crowd(Sampler::langevin, [](std::uint64_t k) { return !is_planted(k); }));
  ASSERT_EQ(calm.size(), 4055u);
  std::size_t failed = 0, next = 0;
  for (const auto& [s, site] : sites) {
    const ChainRow& row = site.chains.at(0);
    if (!is_planted(s)) {
      EXPECT_EQ(row.status, MemberStatus::ok);
      expect_equal(site, calm.at(next++));
      continue;
    }
    // A first step of 1e19 has no finite norm in float32.
    const bool at_once = failed++ % 2 == 1;
    EXPECT_EQ(row.status, at_once ? MemberStatus::non_finite : MemberStatus::diverged) << s;
    EXPECT_EQ(row.failed_step == 1, at_once) << s;
    EXPECT_LE(row.failed_step, 44u) << s;
    EXPECT_EQ(row.use, ChainUse::failed);
    EXPECT_EQ(site.estimate.dropped_failed, 1u);
    EXPECT_EQ(verdict_reason(Sampler::langevin, site.estimate), "1 of 1 chains blew up");
  }
  EXPECT_EQ(failed, 41u);
}

// A run that ends one step earlier has no failure, and one that ends with it has.
TEST(LlcFailures, TheStepOfAFailureIsTheOneThatFails) {
  LlcPlan planted = crowd(Sampler::langevin, is_planted);
  std::size_t count = 0;
  for (LlcSite& site : planted.sites)
    site.step_size = 0.055 + 0.0025 * static_cast<double>(count++);
  ASSERT_EQ(count, 41u);
  std::set<std::uint64_t> steps;
  for (const auto& [s, site] : estimated(planted)) {
    const std::uint64_t step = site.chains.at(0).failed_step;
    ASSERT_EQ(site.chains.at(0).status, MemberStatus::diverged) << s;
    ASSERT_GT(step, 1u) << s;
    steps.insert(step);
    for (const std::uint64_t length : {step - 1, step}) {
      LlcPlan alone = planted;
      alone.sites = {planted.sites[s]};
      alone.groups[0].site_count = 1;
      alone.groups[0].burn_in = 0;
      alone.groups[0].draws = length;
      const ChainRow row = estimated(alone).at(0).chains.at(0);
      EXPECT_EQ(row.status, length < step ? MemberStatus::ok : MemberStatus::diverged) << s;
      EXPECT_EQ(row.failed_step, step) << s;
    }
  }
  EXPECT_GT(steps.size(), 3u);
}

// Chains of one point fail one by one.
TEST(LlcFailures, ChainsBesideAFailedOneOfTheirPointAreTheSame) {
  const auto run = [](std::uint32_t chains, double step) {
    LlcPlan plan = empty_llc_plan(chains);
    plan.keep_losses = true;
    add_site(plan, labelled_point("6"), 100, 50).step_size = step;
    add_group(plan, data_group(Sampler::langevin, 1000, 40));
    return estimated(plan).at(0);
  };
  const auto has_failed = [](const ChainRow& row) { return row.status != MemberStatus::ok; };
  FinishedSite site;
  double step = 0.01;
  do site = run(64, step *= 1.02);
  while (std::ranges::none_of(site.chains, has_failed));
  const auto first = std::ranges::find_if(site.chains, has_failed) - site.chains.begin();
  ASSERT_LT(std::ranges::count_if(site.chains, has_failed), 32);
  ASSERT_GT(first, 0);
  const FinishedSite before = run(static_cast<std::uint32_t>(first), step);
  EXPECT_EQ(before.estimate.dropped_failed, 0u);
  for (std::size_t c = 0; c < before.chains.size(); ++c) {
    EXPECT_EQ(bits(before.chains[c].mean_excess), bits(site.chains[c].mean_excess)) << c;
    for (std::size_t d = 0; d < 40; ++d)
      EXPECT_EQ(bits(before.losses[c * 40 + d]), bits(site.losses[c * 40 + d])) << c;
  }
}

// `5` without a margin: the loss falls, with a kink, where its dead bias becomes positive. `4++-`:
// it falls with the Hessian.
LlcPlan falling_points() {
  LlcPlan plan = empty_llc_plan(16);
  for (int copy = 0; copy < 2; ++copy) {
    add_site(plan, labelled_point("5", 0), million_nbeta, 100);
    add_site(plan, labelled_point("4++-"), million_nbeta, 100);
    add_site(plan, labelled_point("5"), million_nbeta, 100);
    add_group(plan, copy == 0 ? population_group(Sampler::langevin, 1000, 10)
                              : population_group(Sampler::hmc, 1000));
  }
  return plan;
}

TEST(LlcFailures, ChainsThatFallBelowAreCountedAndExplained) {
  const auto sites = estimated(falling_points());
  // A kink is a wall to the long steps of hmc: from site 3 it does not fall.
  for (const std::size_t s : {0u, 1u, 4u}) {
    const LlcEstimate& e = sites.at(s).estimate;
    SCOPED_TRACE(shown(e));
    EXPECT_GT(e.dropped_below, 8u);
    EXPECT_GT(e.below, 0.25);
    EXPECT_TRUE(e.verdict == LlcVerdict::escaped || e.verdict == LlcVerdict::not_a_minimum);
    EXPECT_FALSE(verdict_reason(Sampler::hmc, e).empty());
    std::uint32_t below = 0;
    for (const ChainRow& row : sites.at(s).chains) below += row.use == ChainUse::below ? 1 : 0;
    EXPECT_EQ(below, e.dropped_below);
  }
  EXPECT_EQ(sites.at(0).estimate.verdict, LlcVerdict::escaped);
  for (const std::size_t s : {1u, 4u})
    EXPECT_EQ(sites.at(s).estimate.verdict, LlcVerdict::not_a_minimum);
  for (const std::size_t s : {2u, 5u})
    EXPECT_EQ(sites.at(s).estimate.verdict, LlcVerdict::ok) << shown(sites.at(s).estimate);
}

// Four chains a site, so that the point that is not a number shares its task and packs with others.
// Its entry `lost` is NaN; none if negative.
LlcPlan five_points(Sampler sampler, int lost) {
  LlcPlan plan = empty_llc_plan(4);
  plan.keep_losses = true;
  for (const std::uint64_t k : {0u, 1u, 2u, 3u, 4u}) {
    std::vector<double> w = labelled_point(k % 2 == 0 ? "5" : "6");
    if (lost >= 0 && k == 2)
      w[static_cast<std::size_t>(lost)] = std::numeric_limits<double>::quiet_NaN();
    add_site(plan, w, 100, 50);
  }
  LlcGroup group = data_group(sampler, 1000, 200);
  group.batch = 20;
  group.classify_every = 10;
  add_group(plan, group);
  return plan;
}

TEST(LlcFailures, APointThatIsNotANumberFailsAlone) {
  for (const Sampler sampler : {Sampler::langevin, Sampler::mala, Sampler::hmc, Sampler::sgld}) {
    const auto calm = estimated(five_points(sampler, -1));
    for (const int lost : {7, 17}) {  // a weight, the dead bias
      const auto sites = estimated(five_points(sampler, lost));
      for (const std::size_t s : {0u, 1u, 3u, 4u}) expect_equal(sites.at(s), calm.at(s));
      const FinishedSite& site = sites.at(2);
      SCOPED_TRACE(std::to_string(static_cast<int>(sampler)) + ' ' + shown(site.estimate));
      EXPECT_EQ(site.estimate.dropped_failed, 4u);
      EXPECT_TRUE(std::isnan(site.estimate.lambda_hat));
      EXPECT_EQ(site.estimate.verdict, LlcVerdict::not_a_minimum);
      for (const ChainRow& row : site.chains) {
        EXPECT_EQ(row.status, MemberStatus::non_finite);
        EXPECT_EQ(row.failed_step, 1u);
        EXPECT_EQ(row.use, ChainUse::failed);
      }
    }
  }
}

class ThrowingLlcSink : public LlcSink {
 public:
  void accept(LlcBlock&&) override { throw std::runtime_error("the disk is full"); }
};

TEST(LlcFailures, PassesOnWhatTheSinkThrows) {
  ThrowingLlcSink sink;
  RunControl control;
  const auto backend = cpu::make_cpu_backend(3, cpu::parse_instruction_set(""));
  EXPECT_THROW(backend->estimate_llc(five_points(Sampler::hmc, -1), sink, control),
               std::runtime_error);
}

TEST(LlcFailures, StopsBetweenTwoStretches) {
  LlcPlan plan = five_points(Sampler::langevin, -1);
  plan.groups[0].burn_in = std::uint64_t{1} << 40;
  LlcCollector collector;
  RunControl control;
  {
    const std::jthread watcher([&] {
      while (control.member_steps == 0) std::this_thread::yield();
      control.stop = true;
    });
    cpu::make_cpu_backend(2, cpu::parse_instruction_set(""))
        ->estimate_llc(plan, collector, control);
  }
  EXPECT_TRUE(collector.sites.empty());
}

}  // namespace
}  // namespace kgon::test
