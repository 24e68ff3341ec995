// `llc` on every back end gives the bits of the simplest one: a single thread on the baseline
// instruction set.
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <functional>

#include "backends/cpu/instruction_set.hpp"
#include "backends/emulated_llc.hpp"
#include "backends/llc_plans.hpp"

namespace kgon::test {
namespace {

using Estimate = std::function<void(const LlcPlan&, LlcSink&, RunControl&)>;

struct LlcCandidate {
  std::string name;
  std::function<Estimate()> make;  // throws DeviceUnavailable where it cannot run
};

void PrintTo(const LlcCandidate& candidate, std::ostream* out) {
  *out << candidate.name;
}

Estimate estimate_on(const BackendRequest& request) {
  const std::shared_ptr<Backend> backend = make_backend(request, nullptr);
  return [backend](const LlcPlan& plan, LlcSink& sink, RunControl& control) {
    backend->estimate_llc(plan, sink, control);
  };
}

std::vector<LlcCandidate> llc_candidates() {
  std::vector<LlcCandidate> list;
  for (const auto set : cpu::available_instruction_sets()) {
    for (const unsigned threads : {1u, 3u}) {
      const BackendRequest request{"cpu", threads, cpu::name(set)};
      list.push_back({"cpu_" + cpu::name(set) + "_" + std::to_string(threads),
                      [request] { return estimate_on(request); }});
    }
  }
  list.push_back({"device_code", [] { return Estimate(emulate_llc<2, 6>); }});
  list.push_back({"cuda", [] { return estimate_on({"cuda", 0, ""}); }});
  return list;
}

CollectingLlcSink& run_llc(const Estimate& estimate, const LlcPlan& plan, CollectingLlcSink& sink) {
  RunControl control;
  estimate(plan, sink, control);
  EXPECT_FALSE(control.stop);
  EXPECT_EQ(sink.duplicates, 0);
  EXPECT_EQ(sink.sites.size(), plan.sites.size());
  return sink;
}

SiteBytes baseline(const LlcPlan& plan) {
  CollectingLlcSink sink(plan);
  return run_llc(estimate_on({"cpu", 1, "baseline"}), plan, sink).sites;
}

class LlcConformance : public testing::TestWithParam<LlcCandidate> {
 protected:
  void SetUp() override {
    try {
      estimate_ = GetParam().make();
    } catch (const DeviceUnavailable& reason) {
      if (std::getenv("KGON_REQUIRE_GPU") != nullptr)
        FAIL() << "KGON_REQUIRE_GPU is set: " << reason.what();
      GTEST_SKIP() << reason.what();
    }
  }

  void expect_same(const SiteBytes& expected, const LlcPlan& plan) {
    CollectingLlcSink sink(plan);
    run_llc(estimate_, plan, sink);
    for (const auto& [site, bytes] : expected)
      EXPECT_EQ(sink.sites.at(site), bytes) << "site " << site;
  }

  Estimate estimate_;
};

TEST_P(LlcConformance, EverySamplerInFloat) {
  static const SiteBytes expected = baseline(mixed_llc_plan(Precision::float32));
  expect_same(expected, mixed_llc_plan(Precision::float32));
}

TEST_P(LlcConformance, EverySamplerInDouble) {
  static const SiteBytes expected = baseline(mixed_llc_plan(Precision::float64));
  expect_same(expected, mixed_llc_plan(Precision::float64));
}

// The planted step size blows up, and only there.
TEST_P(LlcConformance, FailuresAreTheirOwn) {
  const LlcPlan plan = mixed_llc_plan(Precision::float32);
  CollectingLlcSink sink(plan);
  run_llc(estimate_, plan, sink);
  for (const auto& [site, estimate] : sink.estimates) {
    const bool planted = plan.sites[site].step_size == 3.0;
    EXPECT_EQ(estimate.dropped_failed, planted ? 5u : 0u) << "site " << site;
    if (planted) {
      EXPECT_EQ(estimate.verdict, LlcVerdict::step_too_large) << "site " << site;
    }
  }
}

// A site alone has the bits that it has among others.
TEST_P(LlcConformance, ASiteDoesNotSeeItsNeighbours) {
  LlcPlan plan = mixed_llc_plan(Precision::float32);
  plan.check_bias = false;
  CollectingLlcSink together(plan), alone(plan);
  run_llc(estimate_, plan, together);
  LlcPlan one = plan;
  one.groups = {plan.groups[4]};
  one.sites = {plan.sites[plan.groups[4].first_site + 2]};
  one.groups[0].first_site = 0;
  one.groups[0].site_count = 1;
  run_llc(estimate_, one, alone);
  EXPECT_EQ(alone.sites.at(0), together.sites.at(plan.groups[4].first_site + 2));
}

TEST_P(LlcConformance, AChainDoesNotSeeItsNeighbours) {
  LlcPlan plan = mixed_llc_plan(Precision::float32);
  plan.check_bias = false;
  CollectingLlcSink among_five(plan);
  run_llc(estimate_, plan, among_five);
  plan.chains = 3;
  CollectingLlcSink among_three(plan);
  run_llc(estimate_, plan, among_three);
  // devinterp's initial loss is a mean over as many minibatches as there are chains.
  const std::size_t exact = plan.groups.back().first_site;
  for (const auto& [site, chains] : among_three.chains)
    for (std::size_t c = 0; site < exact && c < 3; ++c)
      EXPECT_EQ(chains[c], among_five.chains.at(site)[c]) << "site " << site << ", chain " << c;
}

std::string candidate_name(const testing::TestParamInfo<LlcCandidate>& candidate) {
  return candidate.param.name;
}

INSTANTIATE_TEST_SUITE_P(Backends, LlcConformance, testing::ValuesIn(llc_candidates()),
                         candidate_name);

}  // namespace
}  // namespace kgon::test
