// Moves a pack of chains, or one chain of a device thread, over a stretch of steps.
#pragma once

#include "kgon/batch/loss_source.hpp"
#include "kgon/batch/observe.hpp"
#include "kgon/batch/site_lanes.hpp"
#include "kgon/dynamics/hamiltonian.hpp"
#include "kgon/dynamics/langevin.hpp"
#include "kgon/dynamics/stochastic_langevin.hpp"

namespace kgon {

// The code behind a sampler: langevin and mala share theirs.
enum class ChainMethod : std::uint8_t { langevin, hamiltonian, stochastic };

KGON_FUNCTION constexpr ChainMethod chain_method(Sampler sampler) {
  return sampler == Sampler::hmc    ? ChainMethod::hamiltonian
         : sampler == Sampler::sgld ? ChainMethod::stochastic
                                    : ChainMethod::langevin;
}

// Steps of the slots first_slot .. first_slot + L - 1 from step `from` on, none of them past the
// group's next look at the phase. All of a pack's slots have one data set. S: Real, or a pack of
// Real. Method, Source: as the group's settings say.
template <class Model, class S, ChainMethod Method, LossSource Source>
class AdvanceChains {
 public:
  static constexpr int P = Model::parameters;
  static constexpr int L = ScalarTraits<S>::lanes;
  // Scratch entries of S per chain.
  static constexpr int scratch_entries = 3 * P;
  using Real = RealOf<S>;
  using Group = ChainGroup<Model, Real>;
  // sgld asks for the exact loss at its draws alone.
  using From = LossFrom<Model, S, Source, Method == ChainMethod::stochastic>;
  using Loss = typename From::Loss;
  using Posterior = LocalPosterior<S, P, Loss, SiteCenter<Model, S>>;

  Group group;

  template <class Entries>
  KGON_FUNCTION void operator()(std::uint32_t first_slot, std::uint64_t from, std::uint64_t to,
                                Entries& scratch) const {
    const SiteLanes<Model, S> lanes(group, first_slot);
    ChainState<S, P> state;
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) state.parameters[p] = load_lanes<S>(parameter(p, first_slot));
    state.alive = lanes.alive;
    const Posterior posterior{
        loss(first_slot), {lanes}, lanes.nbeta, lanes.localization, lanes.wide_nbeta};
    const ChainNoise<S, P> noise{
        lanes.stream, group.settings.pilot ? Purpose::pilot_noise : Purpose::chain_noise};
    if constexpr (Method == ChainMethod::stochastic) {
      run_stochastic(first_slot, from, to, lanes, posterior, noise, state, scratch);
    } else {
      run_exact(first_slot, from, to, lanes, posterior, noise, state, scratch);
    }
    KGON_DEVICE_UNROLL((device_turns<S, P>))
    for (int p = 0; p < P; ++p) store_lanes(state.parameters[p], parameter(p, first_slot));
  }

 private:
  KGON_FUNCTION Real* parameter(int p, std::uint32_t slot) const {
    return group.parameters + static_cast<std::uint64_t>(p) * group.stride + slot;
  }

  KGON_FUNCTION Loss loss(std::uint32_t slot) const {
    const typename From::Data* data = nullptr;
    if (Source == LossSource::data || (Source == LossSource::either && !group.settings.population))
      data = group.data + group.site(slot).data;
    return From::of(data);
  }

  template <class Entries>
  KGON_FUNCTION void run_exact(std::uint32_t first_slot, std::uint64_t from, std::uint64_t to,
                               const SiteLanes<Model, S>& lanes, const Posterior& posterior,
                               const ChainNoise<S, P>& noise, ChainState<S, P>& state,
                               Entries& scratch) const {
    enter(state, posterior);
    S accepted(Real(0));
    for (std::uint64_t t = from; t < to; ++t) {
      const ChainMove<S> move = take_step(lanes, posterior, noise, t, state, scratch);
      if (t >= group.settings.burn_in)
        accepted = accepted + select(move.accepted, S(Real(1)), S(Real(0)));
      if (move.any_failed) note(first_slot, t + 1, state);
      record(first_slot, t, state.loss - lanes.loss);
      // Counted in Real, exact below 2^24: emptied long before.
      if (((t + 1) & 0xffff) == 0) empty(first_slot, accepted);
    }
    empty(first_slot, accepted);
  }

  template <class Entries>
  KGON_FUNCTION ChainMove<S> take_step(const SiteLanes<Model, S>& lanes, const Posterior& posterior,
                                       const ChainNoise<S, P>& noise, std::uint64_t t,
                                       ChainState<S, P>& state, Entries& scratch) const {
    if constexpr (Method == ChainMethod::hamiltonian) {
      const Purpose purpose =
          group.settings.pilot ? Purpose::pilot_leapfrogs : Purpose::leapfrog_count;
      const HamiltonianStep<S, P> step{
          lanes.step_size,
          leapfrog_count(group.settings.key, purpose, t, group.settings.max_leapfrogs)};
      return step(state, posterior, noise, t, scratch);
    } else {
      const LangevinStep<S, P> step{S(Real(0.5)) * lanes.step_size, square_root(lanes.step_size),
                                    norm2_limit(), group.settings.sampler == Sampler::mala};
      return step(state, posterior, noise, t, scratch);
    }
  }

  template <class Entries>
  KGON_FUNCTION void run_stochastic(std::uint32_t first_slot, std::uint64_t from, std::uint64_t to,
                                    const SiteLanes<Model, S>& lanes, const Posterior& posterior,
                                    const ChainNoise<S, P>& noise, ChainState<S, P>& state,
                                    Entries& scratch) const {
    auto columns = make_columns(scratch, P);
    auto inputs = make_columns(scratch, P + Model::column_entries);
    using Samples = typename Model::template Samples<WordOf<S>>;
    const ChainSettings& settings = group.settings;
    // Indices are uniform, so the order of the samples does not matter.
    MinibatchDraws<ShuffledIndices<WordOf<S>>, Samples> draws{
        ShuffledIndices<WordOf<S>>(lanes.stream, settings.grid, from * settings.batch),
        {group.data[group.site(first_slot).data].samples, 1, WordOf<S>(0u)}};
    const Real batch = static_cast<Real>(settings.batch);
    const StochasticLangevinStep<Model, S> step{
        S(Real(0.5)) * lanes.step_size,   square_root(lanes.step_size), norm2_limit(),
        S(Real(2) / batch) * lanes.nbeta, lanes.localization,           settings.batch};
    const bool with_loss = settings.estimator == Estimator::devinterp;
    for (std::uint64_t t = from; t < to; ++t) {
      S minibatch_loss(Real(0));
      const bool failed = with_loss
                              ? step.template step<true>(state, posterior.center, noise, t, draws,
                                                         columns, inputs, scratch, minibatch_loss)
                              : step.template step<false>(state, posterior.center, noise, t, draws,
                                                          columns, inputs, scratch, minibatch_loss);
      if (failed) note(first_slot, t + 1, state);
      if (!is_draw(t)) continue;
      if (!with_loss) {
        S gradient[P];
        evaluate_loss<S, Loss>(posterior.loss, state.parameters, gradient, state.loss);
      }
      const WideOf<S> loss =
          with_loss ? widen(minibatch_loss) * WideOf<S>(1.0 / settings.batch) : state.loss;
      record(first_slot, t, loss - lanes.loss);
    }
  }

  // Columns of a minibatch's gradient: a device thread's in its scratch, a pack's on the stack.
  static KGON_FUNCTION auto make_columns(StridedEntries<S>& scratch, int first) {
    static_assert(2 * Model::column_entries <= 2 * P);
    return typename Model::template ThreadColumns<S>{scratch.base + first * scratch.stride,
                                                     scratch.stride};
  }
  static KGON_FUNCTION auto make_columns(LocalEntries<S, scratch_entries>&, int) {
    return typename Model::template LaneColumns<S>{};
  }

  static KGON_FUNCTION S norm2_limit() {
    return S(static_cast<Real>(divergence_norm * divergence_norm));
  }

  // Whether the state after step t (from 0) is a draw.
  KGON_FUNCTION bool is_draw(std::uint64_t t) const {
    const ChainSettings& settings = group.settings;
    return t >= settings.burn_in && (t + 1 - settings.burn_in) % settings.thin == 0;
  }

  KGON_FUNCTION void record(std::uint32_t first_slot, std::uint64_t t, WideOf<S> excess) const {
    if (group.trace == nullptr || !is_draw(t)) return;
    const std::uint64_t draw = (t + 1 - group.settings.burn_in) / group.settings.thin - 1;
    for (int l = 0; l < L; ++l) {
      const std::uint32_t slot = first_slot + static_cast<std::uint32_t>(l);
      if (slot >= group.count) return;
      group.trace[slot * group.trace_slot_stride + draw * group.trace_draw_stride] =
          lane_of(excess, l);
    }
  }

  KGON_FUNCTION void note(std::uint32_t first_slot, std::uint64_t step,
                          const ChainState<S, P>& state) const {
    for (int l = 0; l < L; ++l) {
      if (!lane_of(state.failed_now, l)) continue;
      const std::uint32_t slot = first_slot + static_cast<std::uint32_t>(l);
      group.status[slot] = failure_cause(lane_of(state.failed_norm2, l));
      group.failed_step[slot] = step;
    }
  }

  KGON_FUNCTION void empty(std::uint32_t first_slot, S& accepted) const {
    for (int l = 0; l < L; ++l) {
      const std::uint32_t slot = first_slot + static_cast<std::uint32_t>(l);
      if (slot < group.count)
        group.accepted[slot] += static_cast<std::uint64_t>(lane_of(accepted, l));
    }
    accepted = S(Real(0));
  }
};

}  // namespace kgon
