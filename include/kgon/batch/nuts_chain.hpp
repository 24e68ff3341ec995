// What a single chain of the no-U-turn sampler does between two leapfrogs.
#pragma once

#include "kgon/batch/nuts_group.hpp"

namespace kgon {

template <class Model, class Real>
struct NutsChain {
  static constexpr int P = Model::parameters;
  using Group = NutsGroup<Model, Real>;

  const Group& group;
  std::uint32_t slot;

  // At its first step, where U is energy and L is loss.
  KGON_FUNCTION void start(double energy, double loss) const {
    NutsState& state = group.states[slot];
    state = {};
    state.tree.draw = {energy, loss, energy};
    state.step_size = group.settings.first_step;
    restart(state.adaptation, natural_log(state.step_size));
    const auto columns = group.columns_of(slot);
    KGON_NO_UNROLL
    for (int p = 0; p < P; ++p) columns.set(NutsRow::inverse_mass, p, Real(1));
    WarmupVariances<Real, P>{columns, NutsRow::warmup}.clear();
  }

  KGON_FUNCTION void begin_tree(const StridedEntries<Real>& moving) const {
    builder(moving).begin();
    group.states[slot].in_tree = true;
  }

  // Adds the leaf `moving`; at the end of a step adapts or keeps the draw.
  KGON_FUNCTION void take_leaf(const StridedEntries<Real>& moving, double energy,
                               double loss) const {
    if (!builder(moving).add_leaf(energy, loss)) return;
    NutsState& state = group.states[slot];
    state.in_tree = false;
    state.leapfrogs += state.tree.leapfrogs;
    if (state.step < group.settings.warmup.steps) {
      adapt_to(moving);
    } else {
      if (state.tree.diverging) ++state.divergences;
      state.energies.add(state.tree.draw.hamiltonian);
      const std::uint64_t counted = state.step + 1 - group.settings.warmup.steps;
      if (counted % group.settings.thin == 0) keep(moving, counted / group.settings.thin - 1);
    }
    ++state.step;
  }

 private:
  KGON_FUNCTION TreeBuilder<Real, P, StridedEntries<Real>> builder(
      const StridedEntries<Real>& moving) const {
    NutsState& state = group.states[slot];
    return {state.tree, group.columns_of(slot),  moving, member_stream(group.settings.key, slot),
            state.step, group.settings.max_depth};
  }

  static KGON_FUNCTION double acceptance(const NutsTree& tree) {
    return tree.acceptance_sum / tree.leapfrogs;
  }

  KGON_FUNCTION void adapt_to(const StridedEntries<Real>& point) const {
    NutsState& state = group.states[slot];
    const WarmupSchedule& warmup = group.settings.warmup;
    adapt(state.adaptation, warmup.target, acceptance(state.tree));
    if (state.step >= warmup.first && state.window < warmup.windows) {
      WarmupVariances<Real, P> variances{group.columns_of(slot), NutsRow::warmup};
      variances.add(state.window_points++, point);
      if (state.step + 1 == warmup.ends[state.window]) {
        variances.finish(state.window_points, NutsRow::inverse_mass);
        variances.clear();
        state.window_points = 0;
        ++state.window;
        restart(state.adaptation, state.adaptation.log_step);
      }
    }
    const bool is_last = state.step + 1 == warmup.steps;
    state.step_size =
        exponential(is_last ? state.adaptation.mean_log_step : state.adaptation.log_step);
  }

  KGON_FUNCTION void keep(const StridedEntries<Real>& point, std::uint64_t draw) const {
    KGON_NO_UNROLL
    for (int p = 0; p < P; ++p)
      group.parameters[(draw * P + static_cast<std::uint64_t>(p)) * group.stride + slot] =
          point.value(p);
    const NutsTree& tree = group.states[slot].tree;
    group.draws[draw * group.stride + slot] = {tree.draw.loss,
                                               tree.draw.hamiltonian,
                                               static_cast<float>(acceptance(tree)),
                                               tree.leapfrogs,
                                               static_cast<std::uint16_t>(tree.depth),
                                               static_cast<std::uint16_t>(tree.diverging ? 1 : 0)};
  }
};

// The same as functions, of which a translation unit has one copy for all packs.
template <class Model, class Real>
KGON_ONE_COPY void start_nuts_chain(const NutsGroup<Model, Real>& group, std::uint32_t slot,
                                    double energy, double loss) {
  NutsChain<Model, Real>{group, slot}.start(energy, loss);
}
template <class Model, class Real>
KGON_ONE_COPY void begin_nuts_tree(const NutsGroup<Model, Real>& group, std::uint32_t slot,
                                   const StridedEntries<Real>& moving) {
  NutsChain<Model, Real>{group, slot}.begin_tree(moving);
}
template <class Model, class Real>
KGON_ONE_COPY void take_nuts_leaf(const NutsGroup<Model, Real>& group, std::uint32_t slot,
                                  const StridedEntries<Real>& moving, double energy, double loss) {
  NutsChain<Model, Real>{group, slot}.take_leaf(moving, energy, loss);
}

}  // namespace kgon
