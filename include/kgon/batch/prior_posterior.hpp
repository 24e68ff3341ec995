// The target of `sample`: exp(-n beta L(w)) N(w; 0, s^2 I).
#pragma once

#include "kgon/batch/loss_source.hpp"
#include "kgon/dynamics/local_posterior.hpp"

namespace kgon {

// S: Real, or a pack of Real.
template <class Model, class S, LossSource Source>
struct PriorPosterior {
  using Real = RealOf<S>;
  using Data = typename Model::SortedData;
  using Loss = typename LossFrom<Model, S, Source>::Loss;
  using Posterior = LocalPosterior<S, Model::parameters, Loss, Origin<S>>;

  // data: as in LossFrom.
  static KGON_FUNCTION Loss loss(const Data* data) { return LossFrom<Model, S, Source>::of(data); }
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
