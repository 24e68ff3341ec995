#include "engine/llc_estimate.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "engine/chain_diagnostics.hpp"

namespace kgon {
namespace {

constexpr double none = std::numeric_limits<double>::quiet_NaN();
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
  double below = 0, elsewhere = 0, unnamed = 0, acceptance = 0, excess = 0;
  std::uint32_t alive = 0;
  for (const ChainRow& chain : site.chains) {
    estimate.dropped_failed += chain.use == ChainUse::failed ? 1 : 0;
    estimate.dropped_below += chain.use == ChainUse::below ? 1 : 0;
    if (chain.use == ChainUse::failed) continue;
    ++alive;
    below += chain.below;
    elsewhere += chain.elsewhere;
    unnamed += chain.unnamed;
    acceptance += chain.acceptance;
    excess += chain.mean_excess;
    estimate.chains_used += chain.use == ChainUse::used ? 1 : 0;
  }
  estimate.below = below / alive;
  estimate.elsewhere = elsewhere / alive;
  estimate.unnamed = unnamed / alive;
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

std::uint32_t chain_count(const LlcEstimate& e) {
  return e.chains_used + e.dropped_below + e.dropped_failed;
}

std::uint32_t dropped(const LlcEstimate& e) {
  return e.dropped_below + e.dropped_failed;
}

// Half of the chains are left out, most of them because they failed: that decides the verdict.
bool many_failed(const LlcEstimate& e) {
  return 2 * dropped(e) >= chain_count(e) && e.dropped_failed >= e.dropped_below;
}
// The others are survivors of a well that leaks.
bool many_below(const LlcEstimate& e) {
  return e.dropped_below > most_fallen * chain_count(e);
}

// NaN is no large error.
bool is_large_error(const LlcEstimate& e, double error) {
  return error > most_error * std::max(1.0, std::abs(e.lambda_hat));
}

// A direction in which the localised posterior of the quadratic form is not bounded.
bool is_unstable(const LlcEstimate& e) {
  return e.smallest_precision < 0;
}
bool is_negative(const LlcEstimate& e) {
  return e.lambda_hat < -3 * e.mcse;
}
// Chains that are in no phase at all do not measure that of w*.
bool is_lost(const LlcEstimate& e) {
  return e.phase != phase_other && e.unnamed > most_unnamed;
}
// NaN where no bias was looked for.
bool is_biased(const LlcEstimate& e) {
  return std::abs(e.bias) > most_bias_errors * e.bias_mcse &&
         std::abs(e.bias) > most_bias * std::abs(e.lambda_hat);
}

std::string escape_reason(const LlcEstimate& e) {
  if (many_below(e))
    return fmt::format("{} of {} chains were below L(w*) too often ({:.1f} % of all draws are)",
                       e.dropped_below, chain_count(e), 100 * e.below);
  if (e.elsewhere > most_elsewhere)
    return fmt::format("{:.1f} % of the looks found another phase", 100 * e.elsewhere);
  return fmt::format("{:.1f} % of the looks found no phase of the catalogue", 100 * e.unnamed);
}

std::string fall_reason(const LlcEstimate& e) {
  if (!std::isfinite(e.loss)) return "the loss at w* is not finite";
  if (many_below(e))
    return fmt::format("{}, and the Hessian at w* has the eigenvalue {:.3g}", escape_reason(e),
                       e.smallest_curvature);
  return fmt::format("lambda is {:.1f} standard errors below 0", -e.lambda_hat / e.mcse);
}

std::string step_reason(Sampler sampler, const LlcEstimate& e) {
  if (many_failed(e))
    return fmt::format("{} of {} chains blew up", e.dropped_failed, chain_count(e));
  if (is_biased(e))
    return fmt::format("half the step moves lambda by {:.2f} +- {:.2f}", -e.bias / 2,
                       e.bias_mcse / 2);
  return fmt::format("a Metropolis test accepts {:.1f} % of the steps, below {:.0f} %",
                     100 * e.acceptance, 100 * least_acceptance_of(sampler));
}

std::string convergence_reason(const LlcEstimate& e) {
  if (std::isnan(e.ess) && std::isfinite(e.lambda_hat)) return "the draws are all the same";
  if (!(e.ess >= least_ess))
    return fmt::format("the effective sample size is {:.0f}, below {:.0f}: take more draws", e.ess,
                       least_ess);
  if (!(e.rhat <= most_rhat))
    return fmt::format("R-hat is {:.3f}, above {}: take more burn-in or draws", e.rhat, most_rhat);
  if (is_large_error(e, e.mcse))
    return fmt::format("the error is {:.2f}, above {} of lambda: take more draws", e.mcse,
                       most_error);
  if (std::isinf(e.bias_mcse)) return "the rerun at half the step has no estimate";
  if (is_large_error(e, e.bias_mcse))
    return fmt::format(
        "the bias of the step is known within {:.2f} only, above {} of lambda: take "
        "more draws",
        e.bias_mcse, most_error);
  return fmt::format("the second half of the draws lies {:+.1f} standard errors off the first",
                     e.drift);
}

}  // namespace

double least_acceptance_of(Sampler sampler) {
  return sampler == Sampler::langevin ? 0.95 : 0.2;
}

LlcVerdict judge(Sampler sampler, const LlcEstimate& e) {
  if (!std::isfinite(e.loss)) return LlcVerdict::not_a_minimum;
  if (many_failed(e) || e.acceptance < least_acceptance_of(sampler) || is_biased(e))
    return LlcVerdict::step_too_large;
  if (many_below(e)) return is_unstable(e) ? LlcVerdict::not_a_minimum : LlcVerdict::escaped;
  if (is_negative(e)) return LlcVerdict::not_a_minimum;
  if (e.elsewhere > most_elsewhere || is_lost(e)) return LlcVerdict::escaped;
  // Written so that NaN, of constant draws or a single short chain, is no pass.
  const bool one_chain = chain_count(e) == 1;
  const bool known = !is_large_error(e, e.mcse) && !is_large_error(e, e.bias_mcse);
  const bool converged = (one_chain || e.rhat <= most_rhat) && e.ess >= least_ess && known &&
                         std::abs(e.drift) <= most_drift;
  return converged ? LlcVerdict::ok : LlcVerdict::not_converged;
}

void estimate_site(Sampler sampler, double nbeta, double reject_below, SiteDraws& site,
                   LlcEstimate& estimate) {
  for (std::size_t c = 0; c < site.chains.size(); ++c)
    look_at_chain(site.chains[c], site.trace.subspan(c * site.draws, site.draws), reject_below,
                  loss_rounding * std::abs(estimate.loss));
  pool_chains(site, nbeta, estimate);
  diagnose_used(site, nbeta, estimate);
  estimate.verdict = judge(sampler, estimate);
}

std::string verdict_name(LlcVerdict verdict) {
  switch (verdict) {
    case LlcVerdict::ok:
      return "ok";
    case LlcVerdict::not_converged:
      return "not converged";
    case LlcVerdict::escaped:
      return "escaped";
    case LlcVerdict::not_a_minimum:
      return "not a minimum";
    case LlcVerdict::step_too_large:
      return "step too large";
  }
  return "";
}

std::string verdict_reason(Sampler sampler, const LlcEstimate& e) {
  switch (e.verdict) {
    case LlcVerdict::ok:
      return "";
    case LlcVerdict::not_converged:
      return convergence_reason(e);
    case LlcVerdict::escaped:
      return escape_reason(e);
    case LlcVerdict::not_a_minimum:
      return fall_reason(e);
    case LlcVerdict::step_too_large:
      return step_reason(sampler, e);
  }
  return "";
}

}  // namespace kgon
