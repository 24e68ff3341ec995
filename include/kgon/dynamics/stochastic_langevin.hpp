// Stochastic gradient Langevin dynamics: Langevin steps on the gradient of a minibatch.
#pragma once

#include "kgon/dynamics/chain_noise.hpp"
#include "kgon/dynamics/local_posterior.hpp"
#include "kgon/dynamics/sgd.hpp"
#include "kgon/math/entries.hpp"

namespace kgon {

// w' = w - (epsilon / 2) (n beta dL_B/dw + gamma (w - w*)) + sqrt(epsilon) z, L_B the mean loss of
// a minibatch of B samples (Welling and Teh 2011; arXiv 2308.12108, eq. 10). Of the state only the
// parameters are used.
template <class Model, class S>
struct StochasticLangevinStep {
  static constexpr int P = Model::parameters;

  S half_step;         // epsilon / 2
  S root_step;         // sqrt(epsilon)
  S norm2_limit;       // a chain whose |w|^2 passes this has failed
  S minibatch_weight;  // 2 n beta / B, for the gradient of half the squared error
  S localization;      // gamma
  std::uint32_t batch;

  // columns, inputs: as in SgdStep; normals: [P] scratch. Adds the minibatch's summed loss, at the
  // parameters before the step, to `minibatch_loss` where WithLoss. Returns whether a lane failed.
  template <bool WithLoss, class Center, class Draws, class Columns, class Entries>
  KGON_FUNCTION bool step(ChainState<S, P>& state, const Center& center,
                          const ChainNoise<S, P>& noise, std::uint64_t t, Draws& draws,
                          Columns& columns, Columns& inputs, Entries& normals,
                          S& minibatch_loss) const {
    KGON_UNROLL_IN_PART
    for (int p = 0; p < Model::column_entries; ++p) {
      columns.set(p, state.parameters[p]);
      inputs.set(p, S(RealOf<S>(0)));
    }
    typename Model::template ChainMinibatch<S, Columns, WithLoss> gradient(columns, inputs);
    draws.begin_step();
    add_minibatch<4, 1>(state.parameters, gradient, draws, batch);
    if constexpr (WithLoss) minibatch_loss = gradient.loss;
    S unused;
    draw_noise(noise, t, normals, unused);
    S candidate[P];
    S norm2(RealOf<S>(0));
    KGON_UNROLL_IN_PART
    for (int p = 0; p < P; ++p) {
      const S w = state.parameters[p];
      const S slope = fma(minibatch_weight, gradient.total(p), localization * (w - center(p)));
      candidate[p] = fma(root_step, normals.value(p), fma(-half_step, slope, w));
      norm2 = fma(candidate[p], candidate[p], norm2);
    }
    const auto sound = norm2 < norm2_limit;  // false for NaN
    const auto moves = sound & state.alive;
    KGON_UNROLL_IN_PART
    for (int p = 0; p < P; ++p)
      state.parameters[p] = select(moves, candidate[p], state.parameters[p]);
    return note_failure<S, P>(state, sound, norm2);
  }
};

}  // namespace kgon
