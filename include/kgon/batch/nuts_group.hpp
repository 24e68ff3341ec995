// Chains of the no-U-turn sampler on one posterior and their state in arrays: what one launch works
// on.
#pragma once

#include <cstdint>

#include "kgon/batch/observe.hpp"
#include "kgon/core/phase_code.hpp"
#include "kgon/dynamics/energy_changes.hpp"
#include "kgon/dynamics/no_u_turn.hpp"
#include "kgon/dynamics/warmup.hpp"

namespace kgon {

// What all chains share.
struct NutsSettings {
  std::uint64_t key;   // Philox key
  double nbeta;        // n times the inverse temperature
  double prior_scale;  // s: the prior is N(0, s^2 I)
  double first_step;   // size of a leapfrog in the beginning
  WarmupSchedule warmup;
  std::int32_t max_depth;
  std::uint32_t draws;  // of each chain
  std::uint32_t thin;   // steps from one to the next

  KGON_FUNCTION std::uint64_t steps() const {
    return warmup.steps + static_cast<std::uint64_t>(draws) * thin;
  }
};

// A draw beside its parameters and phases.
struct NutsDraw {
  double loss;
  double hamiltonian;  // of the draw with its momentum
  float acceptance;    // mean of min(1, exp(-energy error)) over the leaves of the step
  std::uint32_t leapfrogs;
  std::uint16_t depth;
  std::uint16_t diverging;  // 0 or 1
};

// A chain between two launches.
struct NutsState {
  NutsTree tree;
  StepSizeState adaptation;
  EnergyChanges energies;     // of the steps after the warm-up
  double step_size;           // in use
  std::uint64_t step;         // the next one, from 0; settings.steps() when done
  std::uint64_t leapfrogs;    // of all steps
  std::uint32_t divergences;  // steps after the warm-up that diverged
  std::uint32_t window_points;
  std::int32_t window;
  bool in_tree;
};

// Slots 0..count-1 hold the chains; arrays per slot have `stride` entries, count rounded up to
// whole packs. Columns of `side_by_side` chains lie together: all of them where threads of a device
// read an entry at once, those of a pack where one core reads one entry after the other.
template <class Model, class Real>
struct NutsGroup {
  using Data = typename Model::SortedData;

  NutsSettings settings;
  const Data* data;  // the data set; null with the closed form of the population
  const typename Model::Levels* levels;
  std::uint32_t count;
  std::uint32_t stride;
  std::uint32_t side_by_side;  // divides stride

  NutsState* states;      // [stride]
  Real* columns;          // [stride / side_by_side, NutsRow::count(max_depth), P, side_by_side]
  Real* parameters;       // [draws, P, stride]
  NutsDraw* draws;        // [draws, stride]
  PhaseCode* phase;       // [draws, stride] label
  PhaseCode* hull_phase;  // [draws, stride] W_{k,sigma}

  static constexpr int P = Model::parameters;
  KGON_FUNCTION ChainColumns<Real, P> columns_of(std::uint32_t slot) const {
    const std::uint64_t rows = static_cast<std::uint64_t>(NutsRow::count(settings.max_depth));
    return {columns + slot / side_by_side * (rows * P * side_by_side) + slot % side_by_side,
            side_by_side};
  }
  KGON_FUNCTION bool is_running(std::uint32_t slot) const {
    return states[slot].step < settings.steps();
  }
};

// Writes the phases of draw index / stride of slot index % stride.
template <class Model, class Real>
struct ClassifyDraw {
  NutsGroup<Model, Real> group;

  KGON_FUNCTION void operator()(std::uint32_t index) const {
    const std::uint32_t draw = index / group.stride, slot = index % group.stride;
    if (slot >= group.count) return;
    const std::uint64_t before = static_cast<std::uint64_t>(draw) * Model::parameters;
    double w[Model::parameters];
    load_point(group.parameters + before * group.stride, group.stride, slot, w);
    const typename Model::Classifier classify{group.levels};
    const typename Model::Observation seen = classify(w, 0.0, 0.0);
    group.phase[index] = seen.phase;
    group.hull_phase[index] = seen.hull_phase;
  }
};

}  // namespace kgon
