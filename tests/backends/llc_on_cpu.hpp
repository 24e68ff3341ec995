// Groups of `llc` for the CPU back end, what it makes of a plan, and how an estimate is shown.
#pragma once

#include <gtest/gtest.h>

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "backends/cpu/cpu_backend.hpp"
#include "engine/llc_verdict.hpp"
#include "support/llc_sites.hpp"

namespace kgon::test {

inline constexpr double million_nbeta = 1e6 / 13.815510557964274;  // 10^6 / log 10^6

inline LlcGroup population_group(Sampler sampler, std::uint64_t draws, std::uint64_t thin = 1) {
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
inline LlcGroup data_group(Sampler sampler, std::uint32_t n, std::uint64_t draws) {
  LlcGroup group = population_group(sampler, draws);
  group.population = false;
  group.samples = n;
  return group;
}

inline std::map<std::size_t, FinishedSite> estimated(const LlcPlan& plan, unsigned threads = 1) {
  LlcCollector collector;
  RunControl control;
  cpu::make_cpu_backend(threads, cpu::parse_instruction_set(""))
      ->estimate_llc(plan, collector, control);
  EXPECT_EQ(collector.sites.size(), plan.sites.size());
  return std::move(collector.sites);
}

// Everything about an estimate, for messages.
inline std::string shown(const LlcEstimate& e) {
  return "lambda " + std::to_string(e.lambda_hat) + " +- " + std::to_string(e.mcse) + " gaussian " +
         std::to_string(e.lambda_gaussian) + " R-hat " + std::to_string(e.rhat) + " ess " +
         std::to_string(e.ess) + " acceptance " + std::to_string(e.acceptance) + " below " +
         std::to_string(e.below) + " drift " + std::to_string(e.drift) + " used " +
         std::to_string(e.chains_used) + " bias " + std::to_string(e.bias) + " +- " +
         std::to_string(e.bias_mcse) + ' ' + verdict_name(e.verdict) + ": " +
         verdict_reason(Sampler::hmc, e);
}

}  // namespace kgon::test
