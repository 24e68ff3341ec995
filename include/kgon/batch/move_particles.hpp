// Moves a pack of particles, or one particle of a device thread, over the steps of a stage.
#pragma once

#include "kgon/batch/particle_group.hpp"
#include "kgon/batch/prior_posterior.hpp"
#include "kgon/dynamics/hamiltonian.hpp"

namespace kgon {

// The target of a stage is exp(-n beta L(w)) N(w; 0, s^2 I), n beta that of the stage. S: Real, or
// a pack of Real.
template <class Model, class S, LossSource Source>
struct MoveParticles {
  using Scalar = S;
  static constexpr int P = Model::parameters;
  static constexpr int L = ScalarTraits<S>::lanes;
  // Scratch entries of S per particle.
  static constexpr int scratch_entries = HamiltonianStep<S, P>::scratch_entries;
  using Real = RealOf<S>;
  using Group = ParticleGroup<Model, Real>;
  using Target = PriorPosterior<Model, S, Source>;
  using Posterior = typename Target::Posterior;

  Group group;

  // Puts the slots first_slot..first_slot+L-1 at draws from the prior and notes their losses.
  template <class Entries>
  KGON_FUNCTION void start(std::uint32_t first_slot, Entries& scratch) const {
    S unused, w[P], gradient[P];
    draw_noise(ChainNoise<S, P>{stream(first_slot), Purpose::prior_draw}, 0, scratch, unused);
    const S scale(static_cast<Real>(group.prior_scale));
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) {
      w[p] = scale * scratch.value(p);
      store_lanes(w[p], parameter(p, first_slot));
    }
    WideOf<S> value;
    evaluate_loss<S, typename Target::Loss>(Target::loss(group.data), w, gradient, value);
    store_loss(first_slot, value);
  }

  // The stage's steps; counts those that its Metropolis test accepted.
  template <class Entries>
  KGON_FUNCTION void operator()(std::uint32_t first_slot, const ParticleStage& stage,
                                Entries& scratch) const {
    const Posterior posterior = Target::at(stage.nbeta, group.prior_scale, group.data);
    const ChainNoise<S, P> noise{stream(first_slot), Purpose::particle_noise};
    ChainState<S, P> state;
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) state.parameters[p] = load_lanes<S>(parameter(p, first_slot));
    state.alive = S(Real(0)) < S(Real(1));
    enter(state, posterior);
    S accepted(Real(0)), diverged(Real(0));
    WideOf<S> hamiltonian(0.0);
    KGON_NO_UNROLL
    for (std::uint64_t t = stage.from; t < stage.to; ++t) {
      const HamiltonianStep<S, P> step{
          S(static_cast<Real>(stage.step_size)),
          leapfrog_count(group.key, Purpose::particle_leapfrogs, t, group.max_leapfrogs)};
      const ChainMove<S> move = step(state, posterior, noise, t, scratch);
      accepted = accepted + select(move.accepted, S(Real(1)), S(Real(0)));
      diverged = diverged + select(move.diverged, S(Real(1)), S(Real(0)));
      hamiltonian = move.hamiltonian;
    }
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) store_lanes(state.parameters[p], parameter(p, first_slot));
    store_loss(first_slot, state.loss);
    for (int l = 0; l < L; ++l) {
      const std::uint32_t slot = first_slot + static_cast<std::uint32_t>(l);
      group.accepted[slot] = static_cast<std::uint32_t>(lane_of(accepted, l));
      group.diverged[slot] = static_cast<std::uint32_t>(lane_of(diverged, l));
      group.hamiltonian[slot] = lane_of(hamiltonian, l);
    }
  }

 private:
  KGON_FUNCTION Real* parameter(int p, std::uint32_t slot) const {
    return group.parameters + static_cast<std::uint64_t>(p) * group.stride + slot;
  }
  KGON_FUNCTION void store_loss(std::uint32_t first_slot, WideOf<S> value) const {
    for (int l = 0; l < L; ++l)
      group.loss[first_slot + static_cast<std::uint32_t>(l)] = lane_of(value, l);
  }

  // The particle's slot is its member number.
  KGON_FUNCTION StreamId<WordOf<S>> stream(std::uint32_t first_slot) const {
    std::uint32_t slots[L];
    for (int l = 0; l < L; ++l) slots[l] = first_slot + static_cast<std::uint32_t>(l);
    return {philox_key(group.key), load_lanes<WordOf<S>>(slots), WordOf<S>(0u)};
  }
};

}  // namespace kgon
