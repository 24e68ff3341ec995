// A Gaussian well of 18 directions, on which the laws of the samplers are known exactly.
#pragma once

#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kgon/dynamics/hamiltonian.hpp"
#include "kgon/dynamics/langevin.hpp"
#include "support/statistics.hpp"
#include "support/streams.hpp"

namespace kgon::test {

inline constexpr int well_size = 18;

// L(w) = 1/2 sum_p h_p (w_p - c_p)^2 with h_p = 0.01 (p + 1), around c_p = p / 10. The centre of
// the localization is the same point.
template <class S>
struct WellLoss {
  static double curvature(int p) { return 0.01 * (p + 1); }
  static double center(int p) { return 0.1 * p; }
  WideOf<S> operator()(const S* w, S* gradient) const {
    WideOf<S> total(0.0);
    for (int p = 0; p < well_size; ++p) {
      const S h(static_cast<RealOf<S>>(curvature(p)));
      const S away = w[p] - S(static_cast<RealOf<S>>(center(p)));
      gradient[p] = h * away;
      total = total + WideOf<S>(0.5) * widen(h * away * away);
    }
    return total;
  }
};
template <class S>
struct WellCenter {
  S operator()(int p) const { return S(static_cast<RealOf<S>>(WellLoss<S>::center(p))); }
};

inline constexpr double well_nbeta = 40, well_localization = 0.7;

template <class S>
using WellPosterior = LocalPosterior<S, well_size, WellLoss<S>, WellCenter<S>>;
template <class S>
WellPosterior<S> well_posterior(double nbeta = well_nbeta,
                                double localization = well_localization) {
  using Real = RealOf<S>;
  return {
      {}, {}, S(static_cast<Real>(nbeta)), S(static_cast<Real>(localization)), WideOf<S>(nbeta)};
}
// Precision of direction p under the posterior.
inline double well_precision(int p) {
  return well_nbeta * WellLoss<double>::curvature(p) + well_localization;
}

// z-scores of sum over chains of (w_p - c_p)^2, whose mean and variance are known at stationarity:
// one per direction, and last their sum over directions.
using Variances = std::array<double, well_size>;
inline std::vector<double> variance_scores(const std::vector<std::vector<double>>& finals,
                                           const Variances& expected) {
  std::vector<double> scores;
  const double chains = static_cast<double>(finals.size());
  double together = 0;
  for (int p = 0; p < well_size; ++p) {
    double sum = 0;
    for (const auto& w : finals) {
      const double away = w[static_cast<std::size_t>(p)] - WellLoss<double>::center(p);
      sum += away * away;
    }
    const double variance = expected[static_cast<std::size_t>(p)];
    scores.push_back((sum / variance - chains) / std::sqrt(2 * chains));
    together += scores.back();
  }
  scores.push_back(together / std::sqrt(static_cast<double>(well_size)));
  return scores;
}

// Final parameters of chains 0..chains-1 of `seed` after `steps` steps from the centre.
// step(state, posterior, noise, t, scratch) is a sampler's step.
template <class S, class Step>
std::vector<std::vector<double>> run_chains(std::uint64_t seed, int chains, int steps,
                                            const WellPosterior<S>& posterior, const Step& step) {
  std::vector<std::vector<double>> finals;
  for (int first = 0; first < chains; first += lanes_of<S>) {
    ChainState<S, well_size> state{};
    for (int p = 0; p < well_size; ++p) state.parameters[p] = WellCenter<S>{}(p);
    state.alive = S(RealOf<S>(0)) == S(RealOf<S>(0));
    enter(state, posterior);
    const ChainNoise<S, well_size> noise{
        stream_of_lanes<WordOf<S>>(seed, static_cast<std::uint64_t>(first)), Purpose::chain_noise};
    LocalEntries<S, 3 * well_size> scratch;
    for (int t = 0; t < steps; ++t)
      step(state, posterior, noise, static_cast<std::uint64_t>(t), scratch);
    for (int l = 0; l < lanes_of<S>; ++l) {
      std::vector<double>& w = finals.emplace_back();
      for (int p = 0; p < well_size; ++p)
        w.push_back(static_cast<double>(lane(state.parameters[p], l)));
    }
  }
  return finals;
}

}  // namespace kgon::test
