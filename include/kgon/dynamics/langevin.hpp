// Langevin steps on an exact energy: unadjusted, and with a Metropolis test (MALA).
#pragma once

#include "kgon/dynamics/chain_noise.hpp"
#include "kgon/dynamics/local_posterior.hpp"
#include "kgon/math/entries.hpp"

namespace kgon {

// w' = w - (epsilon / 2) dU/dw + sqrt(epsilon) z (arXiv 2308.12108, eq. 10; Roberts and Tweedie
// 1996). The Metropolis ratio is computed for both: adjusted, it decides; unadjusted, it tells what
// a test would have said. The proposal's part of the ratio is sum s (z - s / 2) with
// s = (sqrt(epsilon) / 2) (g + g'), free of cancellation.
template <class S, int P>
struct LangevinStep {
  // Scratch entries of one chain: w, g and z from before the step.
  static constexpr int scratch_entries = 3 * P;

  S half_step;    // epsilon / 2
  S root_step;    // sqrt(epsilon)
  S norm2_limit;  // an unadjusted chain whose |w|^2 passes this has failed
  bool adjusted;

  template <class Posterior, class Entries>
  KGON_FUNCTION ChainMove<S> operator()(ChainState<S, P>& state, const Posterior& posterior,
                                        const ChainNoise<S, P>& noise, std::uint64_t step,
                                        Entries& scratch) const {
    EntriesFrom<S, Entries> normals{scratch, 2 * P};
    S log_uniform;
    draw_noise(noise, step, normals, log_uniform);
    const S norm2 = propose(state, scratch);
    WideOf<S> loss;
    S gradient[P];
    const WideOf<S> energy = posterior(state.parameters, gradient, loss);
    const S correction = proposal_correction(gradient, scratch);
    const auto accepted =
        mask_for<S>(widen(log_uniform) < (state.energy - energy) + widen(correction));
    const auto sound = norm2 < norm2_limit;  // false for NaN
    MaskOf<S> moves = sound & state.alive;
    if (adjusted) moves = moves & accepted;
    settle(state, scratch, gradient, moves);
    const auto wide_moves = mask_for<WideOf<S>>(moves);
    state.energy = select(wide_moves, energy, state.energy);
    state.loss = select(wide_moves, loss, state.loss);
    const MaskOf<S> passed = accepted & sound & state.alive;
    return {passed, !adjusted && note_failure<S, P>(state, sound, norm2)};
  }

 private:
  // Moves to the proposal, parking the old state; returns the proposal's squared norm.
  template <class Entries>
  KGON_FUNCTION S propose(ChainState<S, P>& state, Entries& scratch) const {
    S norm2(RealOf<S>(0));
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) {
      const S w = state.parameters[p], g = state.gradient[p];
      scratch.set(p, w);
      scratch.set(P + p, g);
      const S to = fma(root_step, scratch.value(2 * P + p), fma(-half_step, g, w));
      norm2 = fma(to, to, norm2);
      state.parameters[p] = to;
    }
    return norm2;
  }

  // log q(w | w') - log q(w' | w)
  template <class Entries>
  KGON_FUNCTION S proposal_correction(const S* gradient, const Entries& scratch) const {
    const S half(RealOf<S>(0.5));
    const S half_root = half * root_step;
    S sum(RealOf<S>(0));
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) {
      const S s = half_root * (scratch.value(P + p) + gradient[p]);
      sum = fma(s, fma(-half, s, scratch.value(2 * P + p)), sum);
    }
    return sum;
  }

  template <class Entries>
  KGON_FUNCTION void settle(ChainState<S, P>& state, const Entries& scratch, const S* gradient,
                            MaskOf<S> moves) const {
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) {
      state.parameters[p] = select(moves, state.parameters[p], scratch.value(p));
      state.gradient[p] = select(moves, gradient[p], scratch.value(P + p));
    }
  }
};

}  // namespace kgon
