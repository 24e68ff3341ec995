#include "engine/llc_estimate.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

#include "engine/chain_diagnostics.hpp"
#include "engine/llc_verdict.hpp"
#include "engine/none.hpp"

namespace kgon {
namespace {

// Of a loss in float, relative.
constexpr double loss_rounding = 1e-6;

double mean(std::span<const double> values) {
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// rounding: what an excess may differ from 0 by at w* itself.
void look_at_chain(ChainRow& chain, std::span<const double> trace, double reject_below,
                   double rounding) {
  if (chain.status != MemberStatus::ok) {
    chain.use = ChainUse::failed;
    chain.mean_excess = chain.below = none;
    return;
  }
  std::size_t below = 0;
  for (const double excess : trace) below += excess < -rounding ? 1 : 0;
  chain.below = static_cast<double>(below) / static_cast<double>(trace.size());
  chain.mean_excess = mean(trace);
  chain.use = chain.below > reject_below ? ChainUse::below : ChainUse::used;
}

// The draws of the chains that are used, one after the other.
std::vector<double> used_draws(const SiteDraws& site) {
  std::vector<double> used;
  for (std::size_t c = 0; c < site.chains.size(); ++c) {
    if (site.chains[c].use != ChainUse::used) continue;
    const auto trace = site.trace.subspan(c * site.draws, site.draws);
    used.insert(used.end(), trace.begin(), trace.end());
  }
  return used;
}

// Second half less first half, over the standard error of the difference of two half-sized means.
double drift_score(const std::vector<double>& used, std::uint64_t draws, double mcse) {
  const std::size_t half = draws / 2, chains = used.size() / draws;
  if (half == 0) return none;
  double difference = 0;
  for (std::size_t c = 0; c < chains; ++c) {
    const std::span<const double> chain(used.data() + c * draws, draws);
    difference += mean(chain.last(half)) - mean(chain.first(half));
  }
  return difference / static_cast<double>(chains) / (2 * mcse);
}

// Means over the chains that did not fail, used or not.
void pool_chains(const SiteDraws& site, double nbeta, LlcEstimate& estimate) {
  estimate.chains_used = estimate.dropped_below = estimate.dropped_failed = 0;
  double below = 0, elsewhere = 0, unnamed = 0, outside = 0, acceptance = 0, excess = 0;
  std::uint32_t alive = 0;
  for (const ChainRow& chain : site.chains) {
    estimate.dropped_failed += chain.use == ChainUse::failed ? 1 : 0;
    estimate.dropped_below += chain.use == ChainUse::below ? 1 : 0;
    if (chain.use == ChainUse::failed) continue;
    ++alive;
    below += chain.below;
    elsewhere += chain.elsewhere;
    unnamed += chain.unnamed;
    outside += chain.outside;
    acceptance += chain.acceptance;
    excess += chain.mean_excess;
    estimate.chains_used += chain.use == ChainUse::used ? 1 : 0;
  }
  estimate.below = below / alive;
  estimate.elsewhere = elsewhere / alive;
  estimate.unnamed = unnamed / alive;
  estimate.outside = outside / alive;
  estimate.acceptance = acceptance / alive;
  estimate.lambda_alive = nbeta * excess / alive;
}

void diagnose_used(const SiteDraws& site, double nbeta, LlcEstimate& estimate) {
  estimate.lambda_hat = estimate.mcse = estimate.rhat = estimate.ess = estimate.drift = none;
  if (estimate.chains_used == 0) return;
  const std::vector<double> used = used_draws(site);
  estimate.lambda_hat = nbeta * mean(used);
  // Chains that never moved say nothing of their law.
  if (std::ranges::adjacent_find(used, std::not_equal_to<>()) == used.end()) return;
  const ChainDiagnostics found = diagnose({used, estimate.chains_used, site.draws});
  estimate.mcse = nbeta * std::hypot(found.mean_mcse, estimate.loss_error);
  estimate.rhat = found.rhat;
  estimate.ess = found.bulk_ess;
  estimate.drift = drift_score(used, site.draws, found.mean_mcse);
}

}  // namespace

double lambda_of_well(const LlcEstimate& e) {
  const double of_step = std::isfinite(e.step_bias) ? e.step_bias : 0;
  const double off = std::abs(e.lambda_hat - of_step - e.lambda_gaussian);
  if (!(off <= most_off_gaussian * e.lambda_gaussian + most_off_errors * e.mcse)) return none;
  return e.lambda_hat - of_step - e.localization_bias;
}

void estimate_site(Sampler sampler, double nbeta, double reject_below, SiteDraws& site,
                   LlcEstimate& estimate) {
  for (std::size_t c = 0; c < site.chains.size(); ++c)
    look_at_chain(site.chains[c], site.trace.subspan(c * site.draws, site.draws), reject_below,
                  loss_rounding * std::abs(estimate.loss));
  pool_chains(site, nbeta, estimate);
  diagnose_used(site, nbeta, estimate);
  estimate.lambda_well = lambda_of_well(estimate);
  judge(sampler, estimate);
}

}  // namespace kgon
