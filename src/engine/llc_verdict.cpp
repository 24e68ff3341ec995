#include "engine/llc_verdict.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "engine/site_curvature.hpp"

namespace kgon {
namespace {

// Of no point near any phase: that of W = 0, b = 0 is 1/3.
constexpr double huge_loss = 1e3;

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

// Few are, but lambda_hat without them is another.
bool some_below(const LlcEstimate& e) {
  return e.dropped_below > 0 && std::abs(e.lambda_hat - e.lambda_alive) > most_fall_errors * e.mcse;
}

// A single chain has no R-hat, and none is asked for; otherwise NaN is no pass.
bool is_mixed(const LlcEstimate& e) {
  return chain_count(e) == 1 || e.rhat <= most_rhat;
}

// NaN is no large error.
bool is_large_error(const LlcEstimate& e, double error) {
  return error > most_error * std::max(1.0, std::abs(e.lambda_hat));
}

// A direction in which the localised posterior of the quadratic form is not bounded.
bool is_unstable(const LlcEstimate& e) {
  return e.smallest_precision < 0 && e.smallest_curvature < -zero_curvature;
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

bool is_sloping(const LlcEstimate& e) {
  return e.well_depth > most_slope;
}

// NaN is no bias; what half the step showed of it counts more.
bool is_biased_beforehand(Sampler sampler, const LlcEstimate& e) {
  return (sampler == Sampler::sgld || std::isnan(e.bias)) &&
         e.step_bias > most_expected_bias * std::abs(e.lambda_hat);
}

std::int32_t signs_of(Sampler sampler, const LlcEstimate& e) {
  std::int32_t signs = 0;
  const auto add = [&signs](LlcSign sign, bool is_there) { signs |= is_there ? sign : 0; };
  add(sign_loss_not_finite, !std::isfinite(e.loss));
  add(sign_chains_failed, many_failed(e));
  add(sign_acceptance, e.acceptance < least_acceptance_of(sampler));
  add(sign_step_bias_measured, is_biased(e));
  add(sign_step_bias_expected, is_biased_beforehand(sampler, e));
  add(sign_many_fell, many_below(e));
  add(sign_few_fell, !many_below(e) && some_below(e));
  add(sign_unbounded, is_unstable(e));
  add(sign_slope, is_sloping(e));
  add(sign_negative, is_negative(e));
  add(sign_another_gon, e.elsewhere > most_elsewhere);
  add(sign_no_phase, is_lost(e));
  // Written so that NaN, of constant draws or a single short chain, is no pass.
  add(sign_rhat, !is_mixed(e));
  add(sign_effective_size, !(e.ess >= least_ess));
  add(sign_error, is_large_error(e, e.mcse));
  add(sign_step_bias_unknown, is_large_error(e, e.bias_mcse));
  add(sign_drift, !(std::abs(e.drift) <= most_drift));
  return signs;
}

LlcVerdict verdict_of(std::int32_t signs) {
  const auto has = [signs](std::int32_t any_of) { return (signs & any_of) != 0; };
  if (has(sign_loss_not_finite)) return LlcVerdict::not_a_minimum;
  if (has(sign_chains_failed)) return LlcVerdict::step_too_large;
  // A step that is too large lifts chains; below L(w*) they fall by themselves.
  if (has(sign_many_fell))
    return has(sign_unbounded | sign_slope) ? LlcVerdict::not_a_minimum : LlcVerdict::escaped;
  if (has(sign_acceptance | sign_step_bias_measured | sign_step_bias_expected))
    return LlcVerdict::step_too_large;
  if (has(sign_negative)) return LlcVerdict::not_a_minimum;
  if (has(sign_few_fell | sign_another_gon | sign_no_phase)) return LlcVerdict::escaped;
  // Chains stayed in a direction that falls: what they sampled is a well all the same.
  return has(~(sign_unbounded | sign_slope)) ? LlcVerdict::not_converged : LlcVerdict::ok;
}

std::string escape_reason(const LlcEstimate& e) {
  if (many_below(e))
    return fmt::format("{} of {} chains were below L(w*) too often ({:.1f} % of all draws are)",
                       e.dropped_below, chain_count(e), 100 * e.below);
  if (e.elsewhere > most_elsewhere)
    return fmt::format("{:.1f} % of the looks found another gon", 100 * e.elsewhere);
  if (some_below(e))
    return fmt::format("{} of {} chains were below L(w*) too often: with them lambda is {:.2f}",
                       e.dropped_below, chain_count(e), e.lambda_alive);
  return fmt::format("{:.1f} % of the looks found no phase of the catalogue", 100 * e.unnamed);
}

std::string fall_reason(const LlcEstimate& e) {
  if (!std::isfinite(e.loss)) return "the loss at w* is not finite";
  if (many_below(e) && is_unstable(e))
    return fmt::format("{}, and the Hessian at w* has the eigenvalue {:.3g}", escape_reason(e),
                       e.smallest_curvature);
  if (many_below(e))
    return fmt::format("{}, and the gradient at w* is {:.3g}", escape_reason(e), e.gradient_norm);
  return fmt::format("lambda is {:.1f} standard errors below 0", -e.lambda_hat / e.mcse);
}

std::string step_reason(Sampler sampler, const LlcEstimate& e) {
  if (many_failed(e))
    return fmt::format("{} of {} chains blew up{}", e.dropped_failed, chain_count(e),
                       e.loss > huge_loss
                           ? fmt::format("; where the loss is {:.3g} no step cures it", e.loss)
                           : "");
  if (is_biased(e))
    return fmt::format("half the step moves lambda by {:.2f} +- {:.2f}", -e.bias / 2,
                       e.bias_mcse / 2);
  if (is_biased_beforehand(sampler, e)) {
    if (std::isinf(e.step_bias)) return "a chain of this step is unstable in the Hessian's well";
    return fmt::format(
        "{} about {:.2f} to lambda",
        sampler == Sampler::sgld ? "the step and the minibatches add" : "the step adds",
        e.step_bias);
  }
  return fmt::format("a Metropolis test accepts {:.1f} % of the steps, below {:.0f} %",
                     100 * e.acceptance, 100 * least_acceptance_of(sampler));
}

std::string convergence_reason(const LlcEstimate& e) {
  if (std::isnan(e.ess) && std::isfinite(e.lambda_hat)) return "the draws are all the same";
  if (!(e.ess >= least_ess))
    return fmt::format("the effective sample size is {:.0f}, below {:.0f}: take more draws", e.ess,
                       least_ess);
  if (!is_mixed(e))
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

void judge(Sampler sampler, LlcEstimate& estimate) {
  estimate.signs = signs_of(sampler, estimate);
  estimate.verdict = verdict_of(estimate.signs);
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
