// The localised tempered posterior around a point w* and the state of a chain that samples it.
#pragma once

#include "kgon/math/scalar.hpp"

namespace kgon {

// L(w) and its gradient; most of a sampler's code, and the same for all of them.
template <class S, class Loss>
KGON_ONE_COPY void evaluate_loss(const Loss& loss, const S* w, S* gradient, WideOf<S>& value) {
  value = loss(w, gradient);
}

// U(w) = n beta L(w) + (gamma / 2) |w - w*|^2; the density is proportional to exp(-U) (Lau, Furman,
// Wang, Murfet, Wei, arXiv 2308.12108, section 4). Loss: loss(w, gradient) writes dL/dw and returns
// L in double. Center: center(p) is w*_p.
template <class S, int P, class Loss, class Center>
struct LocalPosterior {
  static constexpr int parameters = P;

  Loss loss;
  Center center;
  S nbeta;         // n times the inverse temperature
  S localization;  // gamma
  WideOf<S> wide_nbeta;

  // Writes dU/dw to gradient: [P] and L(w) to `loss_value`; returns U(w).
  KGON_FUNCTION WideOf<S> operator()(const S* w, S* gradient, WideOf<S>& loss_value) const {
    evaluate_loss<S, Loss>(loss, w, gradient, loss_value);
    S distance2(RealOf<S>(0));
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) {
      const S away = w[p] - center(p);
      distance2 = fma(away, away, distance2);
      gradient[p] = fma(nbeta, gradient[p], localization * away);
    }
    return fma(wide_nbeta, loss_value, WideOf<S>(0.5) * widen(localization * distance2));
  }
};

// The center of a posterior whose prior is N(0, s^2 I): U has gamma = 1 / s^2.
template <class S>
struct Origin {
  KGON_FUNCTION S operator()(int) const { return S(RealOf<S>(0)); }
};

// State of the chains in the lanes of S. A lane fails at the first step whose result would be
// non-finite or too long, and stays where it was before that step.
template <class S, int P>
struct ChainState {
  S parameters[P];
  S gradient[P];         // dU/dw at `parameters`
  WideOf<S> energy;      // U
  WideOf<S> loss;        // L
  MaskOf<S> alive;       // lanes that still move
  MaskOf<S> failed_now;  // lanes that failed in the latest step that reported a failure
  S failed_norm2;        // squared norm that the failing step would have reached
};

// What a step did, lane by lane; only lanes that were alive before it count.
template <class S>
struct ChainMove {
  MaskOf<S> accepted;  // the Metropolis test passed, whether or not the sampler obeys it
  bool any_failed;     // see ChainState::failed_now
  // Of hmc alone: the Hamiltonian of the state that the step ends in, and whether the energy rose
  // by more than max_energy_error.
  WideOf<S> hamiltonian = WideOf<S>(0.0);
  MaskOf<S> diverged = {};
};

// A trajectory is divergent where the energy rises by more (Stan's and NumPyro's bound).
inline constexpr double max_energy_error = 1000;

// Puts the lanes at `state.parameters`, all alive.
template <class S, int P, class Posterior>
KGON_FUNCTION void enter(ChainState<S, P>& state, const Posterior& posterior) {
  state.energy = posterior(state.parameters, state.gradient, state.loss);
}

// Freezes the lanes whose step was not sound; norm2: what it would have led to. Returns whether a
// lane failed that was alive.
template <class S, int P>
KGON_FUNCTION bool note_failure(ChainState<S, P>& state, MaskOf<S> sound, S norm2) {
  if (all(sound)) return false;
  state.failed_now = state.alive & !sound;
  state.failed_norm2 = norm2;
  state.alive = state.alive & sound;
  return any(state.failed_now);
}

}  // namespace kgon
