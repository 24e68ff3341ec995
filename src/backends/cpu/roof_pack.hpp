// The seam between ordinary code and the roof's loop compiled once per instruction set.
#pragma once

#include <cstdint>

#include "backends/cpu/pack_task.hpp"

namespace kgon::cpu {

// Values that go round in registers, independent of each other: more than the latency of an
// instruction times the number that begin in a cycle, and fewer than there are registers.
inline constexpr int roof_chains = 12;

// What the loop multiplies by and adds; read at run time, so that no compiler knows them.
template <class Real>
struct RoofNumbers {
  Real factor, term;
  Real sums[64];  // out: what the lanes came to
};

// Additions and multiplications of a round, all lanes together. With a fused multiply-add, which
// counts as two, every value takes one of them; without, half of the values are multiplied and half
// are added to.
template <class Isa, class Real>
inline constexpr double roof_round = 2.0 * roof_chains* pack_lanes<Isa, Real>;
template <class Real>
inline constexpr double roof_round<Baseline, Real> = 1.0 * roof_chains* pack_lanes<Baseline, Real>;

// Does `rounds` rounds. Instantiated by roof_pack.cpp for each instruction set.
template <class Isa, class Real>
void run_roof(std::uint64_t rounds, RoofNumbers<Real>& numbers);

}  // namespace kgon::cpu
