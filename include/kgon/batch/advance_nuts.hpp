// Moves a pack of chains of the no-U-turn sampler, or one chain of a device thread.
#pragma once

#include "kgon/batch/nuts_chain.hpp"
#include "kgon/batch/prior_posterior.hpp"

namespace kgon {

// A turn of the loop is one leapfrog of every chain, wherever each of them is in its own tree: a
// long trajectory does not hold the chains beside it. S: Real, or a pack of Real.
template <class Model, class S, LossSource Source>
struct AdvanceNuts {
  using Scalar = S;
  static constexpr int P = Model::parameters;
  static constexpr int L = ScalarTraits<S>::lanes;
  // Scratch entries of S per chain: a point, a momentum and a gradient.
  static constexpr int scratch_entries = 3 * P;
  using Real = RealOf<S>;
  using Group = NutsGroup<Model, Real>;
  using Target = PriorPosterior<Model, S, Source>;

  Group group;

  // Chains whose points stand in row NutsRow::moving come to be at their first step.
  KGON_FUNCTION void start(std::uint32_t first_slot, LaneEntries<S> scratch) const {
    load_moving(first_slot, scratch);
    S w[P], gradient[P];
    KGON_UNROLL_IN_PART
    for (int p = 0; p < P; ++p) w[p] = scratch.value(p);
    WideOf<S> loss;
    const WideOf<S> energy = posterior()(w, gradient, loss);
    KGON_UNROLL_IN_PART
    for (int p = 0; p < P; ++p) scratch.set(2 * P + p, gradient[p]);
    store_moving(first_slot, scratch);
    for (int l = 0; l < L; ++l) {
      const std::uint32_t slot = first_slot + static_cast<std::uint32_t>(l);
      start_nuts_chain(group, slot, lane_of(energy, l), lane_of(loss, l));
    }
  }

  // So many leapfrogs of each chain, fewer where all are done. Returns whether all are.
  KGON_FUNCTION bool operator()(std::uint32_t first_slot, std::uint32_t leapfrogs,
                                LaneEntries<S> scratch) const {
    load_moving(first_slot, scratch);
    bool done = false;
    KGON_NO_UNROLL
    for (std::uint32_t k = 0; k < leapfrogs && !done; ++k) {
      prepare(first_slot, scratch);
      WideOf<S> loss;
      const WideOf<S> energy = leapfrog(first_slot, scratch, loss);
      done = true;
      for (int l = 0; l < L; ++l) {
        const std::uint32_t slot = first_slot + static_cast<std::uint32_t>(l);
        if (slot < group.count && group.is_running(slot))
          take_nuts_leaf(group, slot, lane(scratch, l), lane_of(energy, l), lane_of(loss, l));
        done &= slot >= group.count || !group.is_running(slot);
      }
    }
    store_moving(first_slot, scratch);
    return done;
  }

 private:
  static KGON_FUNCTION StridedEntries<Real> lane(const LaneEntries<S>& scratch, int l) {
    return {scratch.base + l, scratch.stride * L};
  }

  KGON_FUNCTION typename Target::Posterior posterior() const {
    return Target::at(group.settings.nbeta, group.settings.prior_scale, group.data);
  }

  KGON_FUNCTION void load_moving(std::uint32_t first_slot, LaneEntries<S>& scratch) const {
    const ChainColumns<Real, P> columns = group.columns_of(first_slot);
    KGON_NO_UNROLL
    for (int k = 0; k < 3 * P; ++k) scratch.set(k, load_lanes<S>(columns.at(NutsRow::moving, k)));
  }
  KGON_FUNCTION void store_moving(std::uint32_t first_slot, const LaneEntries<S>& scratch) const {
    const ChainColumns<Real, P> columns = group.columns_of(first_slot);
    KGON_NO_UNROLL
    for (int k = 0; k < 3 * P; ++k) store_lanes(scratch.value(k), columns.at(NutsRow::moving, k));
  }

  // Chains that are between two trees begin the next one.
  KGON_FUNCTION void prepare(std::uint32_t first_slot, const LaneEntries<S>& scratch) const {
    for (int l = 0; l < L; ++l) {
      const std::uint32_t slot = first_slot + static_cast<std::uint32_t>(l);
      if (slot < group.count && !group.states[slot].in_tree && group.is_running(slot))
        begin_nuts_tree(group, slot, lane(scratch, l));
    }
  }

  // Half a kick, a drift, half a kick. Chains that are done stay where they are.
  KGON_FUNCTION WideOf<S> leapfrog(std::uint32_t first_slot, LaneEntries<S>& scratch,
                                   WideOf<S>& loss) const {
    S w[P], gradient[P];
    const S step = signed_step(first_slot);
    const ChainColumns<Real, P> columns = group.columns_of(first_slot);
    // One entry at a time: the rows' addresses would fill a device's registers.
    KGON_DEVICE_UNROLL(1)
    for (int p = 0; p < P; ++p) {
      const S kick = S(Real(-0.5)) * step;
      const S momentum = fma(kick, scratch.value(2 * P + p), scratch.value(P + p));
      scratch.set(P + p, momentum);
      const S inverse_mass = load_lanes<S>(columns.at(NutsRow::inverse_mass, p));
      w[p] = fma(step * inverse_mass, momentum, scratch.value(p));
      scratch.set(p, w[p]);
    }
    const WideOf<S> energy = posterior()(w, gradient, loss);
    // Read again: kept in registers over all of that, it would push others out.
    const S kick = S(Real(-0.5)) * signed_step(first_slot);
    KGON_DEVICE_UNROLL(1)
    for (int p = 0; p < P; ++p) {
      scratch.set(2 * P + p, gradient[p]);
      scratch.set(P + p, fma(kick, gradient[p], scratch.value(P + p)));
    }
    return energy;
  }

  // Size and direction in time of the next leapfrog; 0 of chains that are done.
  KGON_FUNCTION S signed_step(std::uint32_t first_slot) const {
    Real steps[L];
    for (int l = 0; l < L; ++l) {
      const std::uint32_t slot = first_slot + static_cast<std::uint32_t>(l);
      const bool moves = slot < group.count && group.is_running(slot);
      const Real size = moves ? static_cast<Real>(group.states[slot].step_size) : Real(0);
      steps[l] = moves && group.states[slot].tree.side == 0 ? -size : size;
    }
    return load_lanes<S>(steps);
  }
};

}  // namespace kgon
