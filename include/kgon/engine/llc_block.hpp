// Finished sites: what a back end hands to the engine.
#pragma once

#include <cstdint>
#include <vector>

#include "kgon/core/phase_code.hpp"
#include "kgon/core/status.hpp"
#include "kgon/engine/llc_plan.hpp"

namespace kgon {

// What to think of an estimate. Values are written to result files: never reuse one.
enum class LlcVerdict : std::int8_t {
  ok = 0,
  not_converged = 1,   // R-hat, effective sample size or drift say so
  escaped = 2,         // chains fell below L_n(w*) or into another gon
  not_a_minimum = 3,   // the loss falls away from w*, or does not exist there
  step_too_large = 4,  // chains blew up, or a Metropolis test refuses too many steps
};

// What is amiss with an estimate, one bit each; the verdict is that of the gravest. Values are
// written to result files: never reuse one.
enum LlcSign : std::int32_t {
  sign_loss_not_finite = 1 << 0,     // L(w*)
  sign_chains_failed = 1 << 1,       // half of the chains left out, most of them failed
  sign_acceptance = 1 << 2,          // of a Metropolis test, obeyed or not, too low
  sign_step_bias_measured = 1 << 3,  // half the step gives another lambda_hat
  sign_step_bias_expected = 1 << 4,  // langevin, sgld: step and minibatches add too much
  sign_many_fell = 1 << 5,           // chains that spent too long below L(w*)
  sign_few_fell = 1 << 6,            // fewer, but lambda_hat with them is another
  sign_unbounded = 1 << 7,           // a direction that falls and that gamma does not bound
  sign_negative = 1 << 8,            // lambda_hat
  sign_another_gon = 1 << 9,         // looks that found one
  sign_no_phase = 1 << 10,           // looks that found none
  sign_rhat = 1 << 11,               // too large, or not a number with several chains
  sign_effective_size = 1 << 12,     // too small, or not a number
  sign_error = 1 << 13,              // mcse too large
  sign_step_bias_unknown = 1 << 14,  // bias_mcse too large
  sign_drift = 1 << 15,              // too large, or not a number
  sign_slope = 1 << 16,              // w* is no minimum of L: the well's lies well_depth lower
};

// Why a chain is left out of the estimate. Values are written to result files.
enum class ChainUse : std::int8_t {
  used = 0,
  below = 1,   // more than reject-below of its draws lie below L_n(w*)
  failed = 2,  // its status is not ok
};

// One chain of a site. Fractions are of the draws, or of the looks at the phase.
struct ChainRow {
  MemberStatus status = MemberStatus::ok;
  ChainUse use = ChainUse::used;
  std::uint64_t failed_step = 0;  // first step that failed; steps + 1 if none
  double mean_excess = 0;         // mean of L - L(w*) over the draws; NaN for a failed chain
  double acceptance = 0;          // of the Metropolis test, obeyed or not; NaN for sgld
  double below = 0;               // draws with L < L(w*)
  double elsewhere = 0;           // looks that found another gon than w*'s
  double unnamed = 0;             // looks that found no phase of the catalogue
  double outside = 0;             // looks outside of the W_{k,sigma} of w*
};

// Estimate of one site. NaN where a number does not exist.
struct LlcEstimate {
  double lambda_hat = 0;    // n beta (mean of L over draws and used chains - L(w*))
  double lambda_alive = 0;  // the same over all chains that did not fail, used or not
  double lambda_well = 0;   // see lambda_of_well
  double mcse = 0;          // Monte Carlo standard error of lambda_hat, from the effective size
  double rhat = 0;          // split, rank-normalised, of the used chains' losses
  double ess = 0;           // bulk effective sample size of the same
  double acceptance = 0;    // mean over the chains that did not fail
  double below = 0;         // likewise
  double elsewhere = 0, unnamed = 0, outside = 0;  // likewise
  double drift = 0;  // second half less first half of the draws, in standard errors
  // Of an unadjusted chain, where asked for: twice what half the step size takes off.
  double bias = 0;
  double bias_mcse = 0;      // infinite where the rerun has no estimate
  double loss = 0;           // L(w*): L_n or L; with devinterp's estimator its initial loss
  double loss_error = 0;     // standard error of that initial loss, part of mcse; 0 for the others
  double gradient_norm = 0;  // of that loss at w*
  double largest_curvature = 0, smallest_curvature = 0;  // eigenvalues of the Hessian of L at w*
  double smallest_precision = 0;  // n beta h + gamma for the smallest of them
  double well_depth = 0;          // n beta (L(w*) - the least) of the quadratic form of L at w*
  double step_size = 0;           // as used
  double lambda_gaussian = 0;     // sum 1/2 n beta h / (n beta h + gamma) over those eigenvalues
  double localization_bias = 0;   // what gamma takes off there: lambda_gaussian - rank / 2
  // What the step size adds there; for sgld with the noise of its minibatches, to first order.
  double step_bias = 0;
  double lambda_theory = 0;       // of the phase of w*, where the theory gives it
  PhaseCode phase = phase_other;  // label of w*
  std::uint32_t chains_used = 0, dropped_below = 0, dropped_failed = 0;
  LlcVerdict verdict = LlcVerdict::ok;
  std::int32_t signs = 0;  // LlcSign
};

// Sites first_site, first_site + 1, ... of the plan, complete.
struct LlcBlock {
  std::size_t first_site = 0;
  std::vector<LlcEstimate> estimates;  // [sites]
  std::vector<ChainRow> chains;        // [sites, chains]
  // [sites, chains, draws] L, if the plan keeps them; NaN from the step on at which a chain failed.
  std::vector<double> losses;
};

// Sites on their way, as bytes that run_llc_task understands.
struct LlcState {
  std::size_t first_site = 0;
  std::vector<std::byte> bytes;
};

}  // namespace kgon
