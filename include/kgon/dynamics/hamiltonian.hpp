// Hamiltonian Monte Carlo with a jittered number of leapfrogs and unit masses.
#pragma once

#include "kgon/dynamics/chain_noise.hpp"
#include "kgon/dynamics/local_posterior.hpp"
#include "kgon/math/entries.hpp"

namespace kgon {

// Number of leapfrogs of step `step`, uniform on 1..most: a function of the cell and the step
// alone, so that all chains of a cell stay side by side. It does not depend on a chain's state,
// which leaves every chain's law exact (Neal 2011, section 5.5.3.2).
KGON_FUNCTION std::uint32_t leapfrog_count(std::uint64_t key, Purpose purpose, std::uint64_t step,
                                           std::uint32_t most) {
  const auto cell = member_stream(key, 0);
  std::uint32_t low, high;
  multiply_wide(philox_compact(cell, purpose_block(purpose, step)).word[0], most, low, high);
  return 1 + high;
}

// One transition: fresh momenta, leapfrogs of length `step_size`, a Metropolis test.
template <class S, int P>
struct HamiltonianStep {
  // Scratch entries of one chain: w and g from before the step, and the momenta.
  static constexpr int scratch_entries = 3 * P;

  S step_size;
  std::uint32_t leapfrogs;

  template <class Posterior, class Entries>
  KGON_FUNCTION ChainMove<S> operator()(ChainState<S, P>& state, const Posterior& posterior,
                                        const ChainNoise<S, P>& noise, std::uint64_t step,
                                        Entries& scratch) const {
    EntriesFrom<S, Entries> momenta{scratch, 2 * P};
    S log_uniform;
    draw_noise(noise, step, momenta, log_uniform);
    const S kinetic = park(state, scratch);
    S gradient[P];
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) gradient[p] = state.gradient[p];
    const S half_step = S(RealOf<S>(0.5)) * step_size;
    WideOf<S> loss = state.loss, energy = state.energy;
    KGON_NO_UNROLL
    for (std::uint32_t l = 0; l < leapfrogs; ++l) {
      kick(momenta, gradient, l == 0 ? half_step : step_size);
      KGON_DEVICE_UNROLL((device_turns<S, P>))
      for (int p = 0; p < P; ++p)
        state.parameters[p] = fma(step_size, momenta.value(p), state.parameters[p]);
      energy = posterior(state.parameters, gradient, loss);
    }
    kick(momenta, gradient, half_step);
    const S last_kinetic = kinetic_energy(momenta);
    const WideOf<S> gain = (state.energy - energy) + widen(kinetic - last_kinetic);
    // False where anything became NaN.
    const auto accepted = mask_for<S>(widen(log_uniform) < gain);
    const auto converged = mask_for<S>(WideOf<S>(-max_energy_error) < gain);
    const MaskOf<S> moves = accepted & state.alive;
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) {
      state.parameters[p] = select(moves, state.parameters[p], scratch.value(p));
      state.gradient[p] = select(moves, gradient[p], scratch.value(P + p));
    }
    const auto wide_moves = mask_for<WideOf<S>>(moves);
    const WideOf<S> hamiltonian =
        select(wide_moves, energy + widen(last_kinetic), state.energy + widen(kinetic));
    state.energy = select(wide_moves, energy, state.energy);
    state.loss = select(wide_moves, loss, state.loss);
    return {moves, false, hamiltonian, !converged};
  }

 private:
  // Parks the state and returns the kinetic energy of the fresh momenta.
  template <class Entries>
  KGON_FUNCTION S park(const ChainState<S, P>& state, Entries& scratch) const {
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) {
      scratch.set(p, state.parameters[p]);
      scratch.set(P + p, state.gradient[p]);
    }
    const EntriesFrom<S, Entries> momenta{scratch, 2 * P};
    return kinetic_energy(momenta);
  }

  template <class Momenta>
  static KGON_FUNCTION S kinetic_energy(const Momenta& momenta) {
    S sum(RealOf<S>(0));
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) sum = fma(momenta.value(p), momenta.value(p), sum);
    return S(RealOf<S>(0.5)) * sum;
  }

  template <class Momenta>
  static KGON_FUNCTION void kick(Momenta& momenta, const S* gradient, S by) {
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) momenta.set(p, fma(-by, gradient[p], momenta.value(p)));
  }
};

}  // namespace kgon
