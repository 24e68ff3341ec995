// The target of `sample`: exp(-n beta L(w)) N(w; 0, s^2 I).
#pragma once

#include <type_traits>

#include "kgon/batch/site_lanes.hpp"
#include "kgon/dynamics/local_posterior.hpp"

namespace kgon {

// S: Real, or a pack of Real. Population: the closed form of L in place of a data set's L_n.
template <class Model, class S, bool Population>
struct PriorPosterior {
  using Real = RealOf<S>;
  using Data = typename Model::template SortedData<std::uint32_t>;
  using Loss = std::conditional_t<Population, typename Model::template Population<S>,
                                  SharedDataLoss<Model, S>>;
  using Posterior = LocalPosterior<S, Model::parameters, Loss, Origin<S>>;

  // data: that of all lanes; unused with the population.
  static KGON_FUNCTION Loss loss(const Data* data) {
    if constexpr (Population) {
      return {};
    } else {
      return {Model::template SortedData<WordOf<S>>::shared(*data)};
    }
  }
  static KGON_FUNCTION Posterior at(double nbeta, double prior_scale, const Data* data) {
    const double precision = 1.0 / (prior_scale * prior_scale);
    return {loss(data),
            {},
            S(static_cast<Real>(nbeta)),
            S(static_cast<Real>(precision)),
            WideOf<S>(nbeta)};
  }
};

}  // namespace kgon
