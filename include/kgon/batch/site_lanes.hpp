// What the lanes of a pack know of their sites.
#pragma once

#include "kgon/batch/chain_group.hpp"
#include "kgon/math/scalar.hpp"

namespace kgon {

// Per-lane numbers of the sites behind a pack's slots.
template <class Model, class S>
struct SiteLanes {
  static constexpr int L = ScalarTraits<S>::lanes;
  using Real = RealOf<S>;

  S nbeta, localization, step_size;
  WideOf<S> wide_nbeta, loss;
  StreamId<WordOf<S>> stream;
  MaskOf<S> alive;
  const Real* center[L];

  // Lanes beyond the group's last slot repeat that one and are not alive.
  KGON_FUNCTION SiteLanes(const ChainGroup<Model, Real>& group, std::uint32_t first_slot) {
    Real nb[L], loc[L], step[L], used[L];
    double wide[L], base[L];
    std::uint32_t low[L], high[L];
    for (int l = 0; l < L; ++l) {
      const std::uint32_t last = group.count - 1;
      const std::uint32_t at = first_slot + static_cast<std::uint32_t>(l);
      const std::uint32_t slot = at < last ? at : last;
      const ChainSite& site = group.site(slot);
      nb[l] = static_cast<Real>(site.nbeta);
      wide[l] = site.nbeta;
      loc[l] = static_cast<Real>(site.localization);
      step[l] = static_cast<Real>(site.step_size);
      base[l] = site.loss;
      center[l] = group.centers + group.site_of(slot) * Model::parameters;
      const std::uint64_t member = chain_member(site.identity, (group.first + slot) % group.chains);
      low[l] = static_cast<std::uint32_t>(member);
      high[l] = static_cast<std::uint32_t>(member >> 32);
      used[l] = at == slot && group.status[slot] == MemberStatus::ok ? Real(1) : Real(0);
    }
    nbeta = load_lanes<S>(nb);
    localization = load_lanes<S>(loc);
    step_size = load_lanes<S>(step);
    wide_nbeta = load_lanes<WideOf<S>>(wide);
    loss = load_lanes<WideOf<S>>(base);
    stream = {philox_key(group.settings.key), load_lanes<WordOf<S>>(low),
              load_lanes<WordOf<S>>(high)};
    alive = load_lanes<S>(used) > S(Real(0));
  }
};

// w* as the posterior asks for it: from memory, lane by lane.
template <class Model, class S>
struct SiteCenter {
  const SiteLanes<Model, S>& lanes;

  KGON_FUNCTION S operator()(int p) const {
    constexpr int L = ScalarTraits<S>::lanes;
    RealOf<S> w[L];
    for (int l = 0; l < L; ++l) w[l] = lanes.center[l][p];
    return load_lanes<S>(w);
  }
};

}  // namespace kgon
