// A site with draws whose law is chosen, its estimate and its verdict.
#pragma once

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "engine/llc_estimate.hpp"
#include "engine/llc_verdict.hpp"
#include "support/word_source.hpp"

namespace kgon::test {

inline constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// A site whose chains all work: draws of mean 1 and standard deviation 0.1, far above 0.
struct Site {
  Sampler sampler = Sampler::hmc;
  double nbeta = 7, reject_below = 0.05;
  std::size_t chains, draws;
  std::vector<double> trace;
  std::vector<ChainRow> rows;
  LlcEstimate estimate;

  Site(std::size_t chain_count, std::size_t draw_count, std::uint32_t seed = 1)
      : chains(chain_count), draws(draw_count), rows(chain_count) {
    WordSource source(seed);
    for (std::size_t k = 0; k < chains * draws; ++k) trace.push_back(1 + 0.1 * source.normal());
    for (ChainRow& row : rows) row.acceptance = 0.9;
  }

  double& draw(std::size_t chain, std::size_t k) { return trace[chain * draws + k]; }
  void shift(std::size_t chain, double by) {
    for (std::size_t k = 0; k < draws; ++k) draw(chain, k) += by;
  }
  void fail(std::size_t chain) {
    rows[chain].status = MemberStatus::diverged;
    draw(chain, draws / 2) = not_a_number;
  }

  void run() {
    SiteDraws site{draws, rows, trace};
    estimate_site(sampler, nbeta, reject_below, site, estimate);
    rows = std::move(site.chains);
  }
  std::string reason() const { return verdict_reason(sampler, estimate); }
};

inline void expect_verdict(Site& site, LlcVerdict verdict, const std::string& reason) {
  site.run();
  EXPECT_EQ(verdict_name(site.estimate.verdict), verdict_name(verdict));
  EXPECT_EQ(site.reason(), reason);
}

}  // namespace kgon::test
