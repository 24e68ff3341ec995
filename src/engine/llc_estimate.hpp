// From the draws of a site's chains to an estimate with its error.
#pragma once

#include <span>
#include <vector>

#include "kgon/engine/llc_block.hpp"

namespace kgon {

// What is known of a site's chains when they have ended.
struct SiteDraws {
  std::uint64_t draws = 0;
  std::vector<ChainRow> chains;   // status, failed_step, acceptance, elsewhere, unnamed filled in
  std::span<const double> trace;  // [chains, draws] L - L(w*)
};

// Fills in the rest of `site.chains` and, from the chains that are left, the fields of `estimate`
// from lambda_hat to drift, the counts of chains, the signs and the verdict; its other fields are
// inputs. reject_below: largest share of draws below L(w*) that a chain may have, in [0, 1].
void estimate_site(Sampler sampler, double nbeta, double reject_below, SiteDraws& site,
                   LlcEstimate& estimate);

// lambda_hat less what gamma (LlcEstimate::localization_bias) and, where it is known, the step add:
// of the Gaussian well alone. NaN where there is none, and where lambda_hat less the step's share
// is so far from lambda_gaussian that the well is not Gaussian on its scale: by more than
// most_off_gaussian of it and most_off_errors standard errors together.
inline constexpr double most_off_gaussian = 0.1, most_off_errors = 3;
double lambda_of_well(const LlcEstimate& estimate);

}  // namespace kgon
