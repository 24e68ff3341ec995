// What to think of an estimate, and why.
#pragma once

#include <string>

#include "kgon/engine/llc_block.hpp"

namespace kgon {

// The limits behind the verdicts.
inline constexpr double most_rhat = 1.05;
inline constexpr double least_ess = 100;
// Parts of the looks at the phase that found another one, or none where w* has one: at a small n
// beta most draws of a sound chain are outside of the tolerances of their label.
inline constexpr double most_elsewhere = 0.05, most_unnamed = 0.99;
inline constexpr double most_drift = 4;  // standard errors
// Of an unadjusted chain, found by half the step: standard errors, and part of lambda_hat.
inline constexpr double most_bias_errors = 3, most_bias = 0.03;

// Part of lambda_hat that the step size of an unadjusted chain and the minibatches of sgld may add,
// as far as that is known beforehand (and, of langevin, not measured).
inline constexpr double most_expected_bias = 0.05;
// A w* so far above the bottom of its quadratic form (LlcEstimate::well_depth) is no minimum.
inline constexpr double most_slope = 3;

// Of lambda_hat, or of 1 where that is smaller: the largest standard error of an estimate that says
// something, of its bias as well where it was looked for.
inline constexpr double most_error = 0.1;
// Part of the chains that may have been left out because they fell below L(w*).
inline constexpr double most_fallen = 0.1;

// Below it the verdict is that the step is too large: 0.95 for langevin, whose estimates are then
// several percent high, 0.2 for mala and hmc, which are exact but hardly move.
double least_acceptance_of(Sampler sampler);

// Chains that fell may be few and nevertheless tell of a well that leaks: where they would move
// lambda_hat by more standard errors than this.
inline constexpr double most_fall_errors = 3;

// Fills in `signs` and `verdict` from the other fields.
void judge(Sampler sampler, LlcEstimate& estimate);

std::string verdict_name(LlcVerdict verdict);  // "ok", "not converged", ...
// Why the verdict is not `ok`: a sentence without its full stop; empty for `ok`.
std::string verdict_reason(Sampler sampler, const LlcEstimate& estimate);

}  // namespace kgon
