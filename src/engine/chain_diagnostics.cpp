#include "engine/chain_diagnostics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <stdexcept>
#include <utility>
#include <vector>

#include "engine/autocovariance.hpp"
#include "engine/normal_quantile.hpp"

namespace kgon {
namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

// NumPy's pairwise summation, addition by addition. Where chains are constant, variances are
// nothing but its rounding errors, and R-hat divides by them.
double pairwise_sum(std::span<const double> values) {
  const std::size_t count = values.size();
  if (count > 128) {
    const std::size_t left = count / 2 - (count / 2) % 8;
    return pairwise_sum(values.first(left)) + pairwise_sum(values.subspan(left));
  }
  double sum = 0;
  std::size_t next = 0;
  if (count >= 8) {
    double part[8];
    std::copy_n(values.begin(), 8, part);
    for (next = 8; next + 8 <= count; next += 8) {
      for (std::size_t k = 0; k < 8; ++k) part[k] += values[next + k];
    }
    sum = ((part[0] + part[1]) + (part[2] + part[3])) + ((part[4] + part[5]) + (part[6] + part[7]));
  }
  for (; next < count; ++next) sum += values[next];
  return sum;
}

double mean_of(std::span<const double> values) {
  return pairwise_sum(values) / static_cast<double>(values.size());
}

// Squared deviations from `mean` over count - 1.
double variance_of(std::span<const double> values, double mean) {
  std::vector<double> squares(values.size());
  std::transform(values.begin(), values.end(), squares.begin(),
                 [mean](double value) { return (value - mean) * (value - mean); });
  return pairwise_sum(squares) / static_cast<double>(values.size() - 1);
}

double variance_of(std::span<const double> values) {
  return variance_of(values, mean_of(values));
}

// The halves of all chains: first the first halves, then the last ones, each in a row of `length`.
struct Halves {
  std::size_t chains, draws, length;

  explicit Halves(const ChainDraws& draws_of_chains)
      : chains(draws_of_chains.chains()),
        draws(draws_of_chains.draws()),
        length(draws_of_chains.draws() / 2) {}

  std::size_t rows() const { return 2 * chains; }
  std::size_t size() const { return rows() * length; }

  // Calls visit(index of the draw, index among the halves); the latter is size() for a middle draw.
  template <class Visit>
  void for_each(Visit&& visit) const {
    for (std::size_t chain = 0; chain < chains; ++chain) {
      const std::size_t offset = chain * draws;
      for (std::size_t k = 0; k < length; ++k) visit(offset + k, chain * length + k);
      if (draws % 2 == 1) visit(offset + length, size());
      for (std::size_t k = 0; k < length; ++k)
        visit(offset + draws - length + k, (chains + chain) * length + k);
    }
  }

  // [rows()][length] of any function of the draws.
  template <class Transform>
  std::vector<double> gather(std::span<const double> values, Transform&& transform) const {
    std::vector<double> gathered(size());
    for_each([&](std::size_t from, std::size_t to) {
      if (to < gathered.size()) gathered[to] = transform(values[from]);
    });
    return gathered;
  }

  std::vector<double> row_means(std::span<const double> gathered) const {
    std::vector<double> means(rows());
    for (std::size_t row = 0; row < rows(); ++row)
      means[row] = mean_of(gathered.subspan(row * length, length));
    return means;
  }
};

struct RankedDraw {
  double value;
  std::size_t index;  // among the halves
};

constexpr auto by_value = [](const RankedDraw& left, const RankedDraw& right) {
  return left.value < right.value;
};

// All draws in ascending order, middle ones too. No draw may be NaN.
std::vector<RankedDraw> ascending_draws(const ChainDraws& draws, const Halves& halves) {
  std::vector<RankedDraw> ascending;
  ascending.reserve(draws.values().size());
  halves.for_each([&](std::size_t from, std::size_t to) {
    ascending.push_back({draws.values()[from], to});
  });
  std::sort(ascending.begin(), ascending.end(), by_value);
  return ascending;
}

std::vector<RankedDraw> without_middles(std::vector<RankedDraw> ascending, const Halves& halves) {
  std::erase_if(ascending, [&](const RankedDraw& draw) { return draw.index == halves.size(); });
  return ascending;
}

// Distances to the median in ascending order, in linear time: they fall up to the median and rise
// from there on. `ascending` is of even length.
std::vector<RankedDraw> folded(std::vector<RankedDraw> ascending, double median) {
  for (RankedDraw& draw : ascending) draw.value = std::abs(draw.value - median);
  std::vector<RankedDraw> merged(ascending.size());
  const auto middle = static_cast<std::ptrdiff_t>(ascending.size() / 2);
  std::merge(ascending.rend() - middle, ascending.rend(), ascending.begin() + middle,
             ascending.end(), merged.begin(), by_value);
  return merged;
}

// Rank-normalised values, by index: the normal quantile of (rank - 3/8) / (N + 1/4) (Blom), where
// equal values share the average of their ranks.
std::vector<double> normal_scores(std::span<const RankedDraw> ascending) {
  std::vector<double> scores(ascending.size());
  const double denominator = static_cast<double>(ascending.size()) + 0.25;
  std::size_t end = 0;
  for (std::size_t first = 0; first < ascending.size(); first = end) {
    for (end = first + 1; end < ascending.size() && ascending[end].value == ascending[first].value;)
      ++end;
    const double rank = static_cast<double>(first + 1 + end) / 2;
    const double score = normal_quantile((rank - 0.375) / denominator);
    for (std::size_t k = first; k < end; ++k) scores[ascending[k].index] = score;
  }
  return scores;
}

// sqrt((B / W + n - 1) / n), with n times the variance of the rows' means B and the mean of their
// variances W.
double rhat_of_rows(std::span<const double> scores, const Halves& halves) {
  const std::vector<double> means = halves.row_means(scores);
  std::vector<double> variances(halves.rows());
  for (std::size_t row = 0; row < halves.rows(); ++row)
    variances[row] = variance_of(scores.subspan(row * halves.length, halves.length), means[row]);
  const double n = static_cast<double>(halves.length);
  const double between = n * variance_of(means);
  return std::sqrt((between / mean_of(variances) + n - 1) / n);
}

// `bulk` are the normal scores of the draws `ascending`, which are those of the halves.
double rank_rhat(const std::vector<RankedDraw>& ascending, std::span<const double> bulk,
                 const Halves& halves) {
  const std::size_t middle = ascending.size() / 2;
  const double median = (ascending[middle - 1].value + ascending[middle].value) / 2;
  const double bulk_rhat = rhat_of_rows(bulk, halves);
  // Infinite draws can make it infinite or NaN, and then some distances are NaN. ArviZ's max()
  // returns its first argument then.
  if (!std::isfinite(median)) return bulk_rhat;
  const double tail_rhat = rhat_of_rows(normal_scores(folded(ascending, median)), halves);
  return std::max(bulk_rhat, tail_rhat);
}

// Geyer's estimate of the integrated autocorrelation time, -1 + 2 sum of the autocorrelations
// `rho(t)`, t = 0..length-1 with rho(0) = 1, cut off where the sum of a pair (even and odd lag) is
// not positive, and with pairs that never rise. ArviZ's variant, lag by lag. NaN if some rho is.
template <class Correlation>
double autocorrelation_time(std::size_t length, Correlation&& correlation) {
  std::vector<double> rho(length, 0.0);
  double even = 1, odd = correlation(1);
  rho[0] = even;
  rho[1] = odd;
  if (std::isnan(odd)) return not_a_number;
  std::size_t end = 0;  // the pairs before it are kept
  for (; end + 4 < length && even + odd > 0; end += 2) {
    even = correlation(end + 2);
    odd = correlation(end + 3);
    if (even + odd >= 0) {
      rho[end + 2] = even;
      rho[end + 3] = odd;
    }
  }
  // The even lag of the first pair that is left out still helps, where it is positive.
  if (even > 0) rho[end] = even;
  for (std::size_t t = 2; t + 2 <= end; t += 2) {
    const double before = rho[t - 2] + rho[t - 1];
    if (rho[t] + rho[t + 1] > before) rho[t] = rho[t + 1] = before / 2;
  }
  return -1 + 2 * pairwise_sum(std::span<const double>(rho).first(end)) + rho[end];
}

// Effective sample size of values [rows][length], by ArviZ's _ess.
double effective_size(std::span<const double> values, const Halves& halves,
                      Autocovariance& autocovariance) {
  const double size = static_cast<double>(values.size());
  const auto [smallest, largest] = std::minmax_element(values.begin(), values.end());
  if (*largest - *smallest < 1e-15) return size;
  const std::vector<double> means = halves.row_means(values);
  const std::span<const double> covariance = autocovariance.mean_over_rows(values, means);
  const double n = static_cast<double>(halves.length);
  const double mean_variance = covariance[0] * n / (n - 1);
  const double pooled_variance = mean_variance * (n - 1) / n + variance_of(means);
  const double time = autocorrelation_time(halves.length, [&](std::size_t lag) {
    return 1 - (mean_variance - covariance[lag]) / pooled_variance;
  });
  return size / std::max(time, 1 / std::log10(size));
}

// Quantile of type 7 in R's counting, in the operations of scipy.stats.mstats.mquantiles.
double quantile_of(std::span<const RankedDraw> ascending, double probability) {
  const double count = static_cast<double>(ascending.size());
  const double position = count * probability + (1 - probability);  // counted from 1
  const double below = std::floor(std::clamp(position, 1.0, count - 1));
  const double weight = std::clamp(position - below, 0.0, 1.0);
  const auto k = static_cast<std::size_t>(below);
  return (1 - weight) * ascending[k - 1].value + weight * ascending[k].value;
}

// Of the indicator that a draw is at most that quantile of all draws.
double quantile_ess(const ChainDraws& draws, const Halves& halves,
                    std::span<const RankedDraw> ascending, double probability,
                    Autocovariance& autocovariance) {
  const double quantile = quantile_of(ascending, probability);
  const std::vector<double> indicators = halves.gather(
      draws.values(), [quantile](double value) { return value <= quantile ? 1.0 : 0.0; });
  return effective_size(indicators, halves, autocovariance);
}

double tail_ess_of(const ChainDraws& draws, const Halves& halves,
                   std::span<const RankedDraw> ascending, Autocovariance& autocovariance) {
  return std::min(quantile_ess(draws, halves, ascending, 0.05, autocovariance),
                  quantile_ess(draws, halves, ascending, 0.95, autocovariance));
}

double mean_ess_of(const ChainDraws& draws, const Halves& halves, Autocovariance& autocovariance) {
  const std::vector<double> values =
      halves.gather(draws.values(), [](double value) { return value; });
  return effective_size(values, halves, autocovariance);
}

double mcse_of(const ChainDraws& draws, double ess) {
  return std::sqrt(variance_of(draws.values())) / std::sqrt(ess);
}

bool usable(const ChainDraws& draws) {
  const auto values = draws.values();
  return draws.chains() >= 1 && draws.draws() >= 4 &&
         std::none_of(values.begin(), values.end(), [](double value) { return std::isnan(value); });
}

}  // namespace

ChainDraws::ChainDraws(std::span<const double> values, std::size_t chains, std::size_t draws)
    : values_(values), chains_(chains), draws_(draws) {
  if (draws == 0 ? !values.empty() : values.size() % draws != 0 || values.size() / draws != chains)
    throw std::invalid_argument("the draws are not chains x draws values");
}

ChainDiagnostics diagnose(const ChainDraws& draws) {
  if (!usable(draws)) return {not_a_number, not_a_number, not_a_number, not_a_number, not_a_number};
  const Halves halves(draws);
  Autocovariance autocovariance(halves.length);
  ChainDiagnostics result;
  std::vector<RankedDraw> ascending = ascending_draws(draws, halves);
  result.tail_ess = tail_ess_of(draws, halves, ascending, autocovariance);
  ascending = without_middles(std::move(ascending), halves);
  const std::vector<double> bulk = normal_scores(ascending);
  result.rhat = draws.chains() < 2 ? not_a_number : rank_rhat(ascending, bulk, halves);
  result.bulk_ess = effective_size(bulk, halves, autocovariance);
  result.mean_ess = mean_ess_of(draws, halves, autocovariance);
  result.mean_mcse = mcse_of(draws, result.mean_ess);
  return result;
}

double split_rhat(const ChainDraws& draws) {
  if (!usable(draws) || draws.chains() < 2) return not_a_number;
  const Halves halves(draws);
  const auto ascending = without_middles(ascending_draws(draws, halves), halves);
  return rank_rhat(ascending, normal_scores(ascending), halves);
}

double bulk_ess(const ChainDraws& draws) {
  if (!usable(draws)) return not_a_number;
  const Halves halves(draws);
  Autocovariance autocovariance(halves.length);
  const auto ascending = without_middles(ascending_draws(draws, halves), halves);
  return effective_size(normal_scores(ascending), halves, autocovariance);
}

double tail_ess(const ChainDraws& draws) {
  if (!usable(draws)) return not_a_number;
  const Halves halves(draws);
  Autocovariance autocovariance(halves.length);
  return tail_ess_of(draws, halves, ascending_draws(draws, halves), autocovariance);
}

double mean_ess(const ChainDraws& draws) {
  if (!usable(draws)) return not_a_number;
  const Halves halves(draws);
  Autocovariance autocovariance(halves.length);
  return mean_ess_of(draws, halves, autocovariance);
}

double mean_mcse(const ChainDraws& draws) {
  return mcse_of(draws, mean_ess(draws));
}

}  // namespace kgon
