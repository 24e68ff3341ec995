// Whether Markov chains have converged, and what their mean is worth: R-hat, effective sample sizes
// and the Monte Carlo standard error, equal to ArviZ's up to rounding.
//
// Vehtari, Gelman, Simpson, Carpenter, Buerkner: Rank-normalization, folding, and localization: An
// improved R-hat for assessing convergence of MCMC, Bayesian Analysis 16 (2021) 667-718, arXiv
// 1903.08008; with the details of arviz.stats.diagnostics 0.23.4.
#pragma once

#include <cstddef>
#include <span>

namespace kgon {

// Draws of one quantity, seen and not owned.
class ChainDraws {
 public:
  // values: [chains][draws], any doubles. Throws std::invalid_argument for another size.
  ChainDraws(std::span<const double> values, std::size_t chains, std::size_t draws);

  std::span<const double> values() const { return values_; }
  std::size_t chains() const { return chains_; }
  std::size_t draws() const { return draws_; }  // per chain

 private:
  std::span<const double> values_;
  std::size_t chains_, draws_;
};

// All five work on the halves of the chains; the middle draw of an odd number is left out, but for
// the quantiles of tail_ess and the standard deviation of mean_mcse.
//
// NaN where any draw is NaN, where there are fewer than 4 draws per chain or no chain. Infinite
// draws are ranked like others, so rhat, bulk_ess and tail_ess stay finite, while mean_ess (where
// one is among the halves) and mean_mcse are NaN. A sequence that ArviZ takes for constant (its
// range is below 1e-15) has as many effective draws as draws.
struct ChainDiagnostics {
  double rhat = 0;       // >= about 1; also NaN for a single chain and for constant draws
  double bulk_ess = 0;   // effective draws of all chains together, of the rank-normalised values
  double tail_ess = 0;   // the smaller one of the 5 % and the 95 % quantile
  double mean_ess = 0;   // of the values themselves
  double mean_mcse = 0;  // standard error of the mean over all draws, in units of the draws
};

// Everything at once, in O(N log N) for N draws, with one sort for all. Throws nothing but
// std::bad_alloc, and so do the functions below.
ChainDiagnostics diagnose(const ChainDraws& draws);

// The fields of diagnose() one by one, to the same bits.

// arviz.rhat(method="rank"): the larger one of the rank-normalised split R-hat and that of the
// distances to the median.
double split_rhat(const ChainDraws& draws);

// arviz.ess(method="bulk"), "tail" and "mean".
double bulk_ess(const ChainDraws& draws);
double tail_ess(const ChainDraws& draws);
double mean_ess(const ChainDraws& draws);

// arviz.mcse(method="mean"): standard deviation / sqrt(mean_ess).
double mean_mcse(const ChainDraws& draws);

}  // namespace kgon
