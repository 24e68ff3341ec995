// A group of chains and their state in arrays: what one launch works on.
#pragma once

#include <cstdint>

#include "kgon/batch/observe.hpp"
#include "kgon/core/choices.hpp"
#include "kgon/core/phase_code.hpp"
#include "kgon/core/status.hpp"
#include "kgon/dynamics/minibatch_indices.hpp"
#include "kgon/math/scalar.hpp"

namespace kgon {

// What all chains of a group share.
struct ChainSettings {
  std::uint64_t key;  // Philox key
  Sampler sampler;
  Estimator estimator;          // devinterp: sgld only
  bool population;              // the closed form in place of a data set; not sgld
  bool pilot;                   // tunes a step size: random numbers of their own, every step counts
  std::uint32_t samples;        // n of every data set of the group
  std::uint32_t batch;          // sgld
  std::uint32_t max_leapfrogs;  // hmc
  std::uint64_t burn_in;        // steps before the first that counts
  std::uint64_t draws;
  std::uint64_t thin;            // steps from one draw to the next
  std::uint64_t classify_every;  // draws from one look at the phase to the next; 0: never
  PermutationGrid grid;          // permutation_grid(samples), sgld

  KGON_FUNCTION std::uint64_t steps() const { return burn_in + draws * thin; }
  // Whether the phase is looked at after step t (from 1).
  KGON_FUNCTION bool is_look(std::uint64_t t) const {
    return classify_every > 0 && t > burn_in && (t - burn_in) % (classify_every * thin) == 0;
  }
  // The first look at the phase, or the end, after step t.
  KGON_FUNCTION std::uint64_t next_event(std::uint64_t t) const {
    const std::uint64_t end = steps();
    if (classify_every == 0) return end;
    const std::uint64_t interval = classify_every * thin;
    const std::uint64_t counted = t < burn_in ? 0 : t - burn_in;
    const std::uint64_t to = burn_in + (counted / interval + 1) * interval;
    return to < end ? to : end;
  }
};

// What the chains around one point share.
struct ChainSite {
  std::uint64_t identity;  // hash of the point, its data set and what follows
  std::uint32_t data;      // index of the data set in the group
  PhaseCode phase;         // label of w*
  PhaseCode hull_phase;    // its hull vertices and positive biases
  double nbeta;            // n times the inverse temperature
  double localization;     // gamma
  double step_size;        // epsilon; for hmc the length of a leapfrog
  double loss;             // what the trace is relative to: L_n(w*)
};

// Chains are flattened over the sites: flat index f is chain f % chains of site f / chains. Slots
// 0..count-1 hold the chains first, first + 1, ...; arrays per slot have `stride` entries, count
// rounded up to whole packs, so that a pack may be loaded at its first slot.
template <class Model, class Real>
struct ChainGroup {
  using Data = typename Model::SortedData;

  ChainSettings settings;
  const ChainSite* sites;
  const Real* centers;  // [sites, P] w*
  const Data* data;     // null with the closed form
  const typename Model::Levels* levels;
  std::uint32_t chains;  // per site
  std::uint64_t first;
  std::uint32_t count;
  std::uint32_t stride;

  Real* parameters;            // [P, stride]
  MemberStatus* status;        // [stride]
  std::uint64_t* failed_step;  // [stride] steps + 1 if none
  std::uint64_t* accepted;     // [stride] steps whose Metropolis test passed, burn-in left out
  std::uint32_t* elsewhere;    // [stride] looks that found another gon, see ClassifyChain
  std::uint32_t* unnamed;      // [stride] looks that found no phase of the catalogue
  std::uint32_t* outside;      // [stride] looks outside of the W_{k,sigma} of w*
  double* trace;  // loss of a draw less the site's: draw d of slot m at m * slot_stride + d *
                  // draw_stride
  std::uint64_t trace_slot_stride, trace_draw_stride;

  KGON_FUNCTION std::uint64_t site_of(std::uint32_t slot) const { return (first + slot) / chains; }
  KGON_FUNCTION const ChainSite& site(std::uint32_t slot) const { return sites[site_of(slot)]; }
};

// The member number of a chain, for its random numbers: one-to-one in the chain for each identity
// (the finalizer of splitmix64, Steele, Lea and Flood 2014).
KGON_FUNCTION std::uint64_t chain_member(std::uint64_t identity, std::uint64_t chain) {
  std::uint64_t z = identity + chain * 0x9e3779b97f4a7c15ull;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
  return z ^ (z >> 31);
}

// Puts a chain at w*.
template <class Model, class Real>
struct StartChain {
  ChainGroup<Model, Real> group;

  KGON_FUNCTION void operator()(std::uint32_t slot) const {
    const Real* center = group.centers + group.site_of(slot) * Model::parameters;
    for (int p = 0; p < Model::parameters; ++p) {
      group.parameters[static_cast<std::uint64_t>(p) * group.stride + slot] = center[p];
    }
    group.status[slot] = MemberStatus::ok;
    group.failed_step[slot] = group.settings.steps() + 1;
    group.accepted[slot] = 0;
    group.elsewhere[slot] = 0;
    group.unnamed[slot] = 0;
    group.outside[slot] = 0;
  }
};

// Looks at the phase of a chain. It is elsewhere at another gon than w*: k vertices by its label
// and by its hull are others.
template <class Model, class Real>
struct ClassifyChain {
  ChainGroup<Model, Real> group;

  KGON_FUNCTION void operator()(std::uint32_t slot) const {
    if (group.status[slot] != MemberStatus::ok) return;
    double w[Model::parameters];
    load_point(group.parameters, group.stride, slot, w);
    const typename Model::Classifier classify{group.levels};
    const typename Model::Observation seen = classify(w, 0.0, 0.0);
    const ChainSite& site = group.site(slot);
    if (seen.phase == phase_other) {
      ++group.unnamed[slot];
    } else if (seen.is_another_gon(site.phase, site.hull_phase)) {
      ++group.elsewhere[slot];
    }
    if (seen.hull_phase != site.hull_phase) ++group.outside[slot];
  }
};

}  // namespace kgon
