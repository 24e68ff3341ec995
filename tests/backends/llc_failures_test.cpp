// What chains of llc that go wrong do to the others on the CPU back end, and what is said of them.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <set>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "backends/llc_on_cpu.hpp"

namespace kgon::test {
namespace {

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
