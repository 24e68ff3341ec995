// The seam between ordinary code and the chains' code compiled once per instruction set.
#pragma once

#include <cstdint>

#include "backends/cpu/pack_task.hpp"
#include "kgon/batch/chain_group.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon::cpu {

// Entries that the arrays of a group with `count` chains need.
template <class Isa, class Real>
constexpr std::uint32_t padded_slots(std::uint32_t count) {
  constexpr auto lanes = static_cast<std::uint32_t>(pack_lanes<Isa, Real>);
  return (count + lanes - 1) / lanes * lanes;
}

// The chains of a group between two stretches of steps.
struct ChainExchange {
  std::uint64_t* step;  // [count] that are done of each chain; 0: it begins at w*
  // Whether somebody wants the chains now, and what takes them then.
  bool (*is_wanted)(void* context);
  void (*hold)(void* context);
  void* context;
};

// Runs every chain of the group to its end; false if `proceed` said stop, and then `hold` was
// called. All sites of the group have one data set. Instantiated by chain_pack.cpp for each entry
// of KGON_MODELS and each instruction set.
template <class Isa, int H, int C, class Real>
bool run_chains(const ChainGroup<tms::Model<H, C>, Real>& group, const Progress& progress,
                const ChainExchange& exchange);

}  // namespace kgon::cpu
