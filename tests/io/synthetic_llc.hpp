// Sites whose estimates are a function of their identity alone, so that any order and sharding of
// the blocks must give the same arrays.
#pragma once

#include <cmath>
#include <string>
#include <vector>

#include "io/llc_cells.hpp"
#include "io/llc_result.hpp"
#include "kgon/core/status.hpp"

namespace kgon::synthetic_llc {

// Five labels with two localizations each on two data sets, 3 chains and 4 draws.
inline constexpr const char* study =
    "seed = 42\n[llc]\nat = [5, \"5+\", 6, 4, \"4+\"]\ngamma = [1, 10]\nsamples = [100, 200]\n"
    "chains = 3\ndraws = 4\nburn-in = 2\nkeep-losses = \"all\"\n";

inline ExpandedLlc expand(Shard shard = {}, const std::string& text = study) {
  return expand_llc(parse_study(text, "s.toml", {}), {{2, 6}}, shard);
}

inline ResultMetadata metadata() {
  return {"[llc]\nat = 5\n", "0123abcd", "0.1.0", "cpu (avx2, 2 threads)", "kgon llc", 42};
}

inline double number(const LlcSite& site, int index) {
  return static_cast<double>(site.identity % 4096) + index / 64.0;
}

// Chain 1 of every site fails at step 2.
inline ChainRow chain_row(const LlcSite& site, std::uint32_t chain) {
  ChainRow row;
  const bool fails = chain == 1;
  row.status = fails ? MemberStatus::diverged : MemberStatus::ok;
  row.use = fails ? ChainUse::failed : ChainUse::used;
  row.failed_step = fails ? 2 : 7;
  row.mean_excess = fails ? NAN : number(site, 40) + chain;
  row.acceptance = number(site, 41);
  row.below = number(site, 42);
  row.elsewhere = number(site, 43);
  row.unnamed = number(site, 44);
  row.outside = number(site, 45);
  return row;
}

inline LlcEstimate estimate(const LlcSite& site) {
  LlcEstimate row;
  int index = 0;
  for (const auto& column : estimate_columns()) row.*(column.field) = number(site, index++);
  row.bias = NAN;
  row.phase = tms::phase_code(5, 1, 0);
  row.chains_used = 2;
  row.dropped_failed = 1;
  row.verdict = static_cast<LlcVerdict>(site.identity % 5);
  return row;
}

inline LlcBlock block(const LlcPlan& plan, std::size_t first, std::size_t count) {
  LlcBlock result;
  result.first_site = first;
  for (std::size_t i = first; i < first + count; ++i) {
    const LlcSite& site = plan.sites[i];
    result.estimates.push_back(estimate(site));
    for (std::uint32_t c = 0; c < plan.chains; ++c) {
      result.chains.push_back(chain_row(site, c));
      for (std::uint64_t d = 0; plan.keep_losses && d < plan.groups[0].draws; ++d)
        result.losses.push_back(number(site, 50) + c + static_cast<double>(d) / 8);
    }
  }
  return result;
}

// Writes the shard in blocks of `block_size` sites, the last one first.
inline void write(const std::string& path, const ExpandedLlc& expanded, std::size_t block_size = 3,
                  const ResultMetadata& about = metadata()) {
  LlcResultWriter writer(path, expanded, about, LlcPurpose::estimate);
  const std::size_t sites = expanded.plan.sites.size();
  for (std::size_t first = (sites - 1) / block_size * block_size;; first -= block_size) {
    writer.write(block(expanded.plan, first, std::min(block_size, sites - first)));
    if (first == 0) break;
  }
  writer.finish();
}

}  // namespace kgon::synthetic_llc
