// The ladders in n of parallel tempering.
#pragma once

#include <cstdint>
#include <vector>

#include "kgon/engine/sample_plan.hpp"

namespace kgon {

// n beta at which Hamiltonian chains still go from any phase to any other by themselves: ladders
// begin there, or at their smallest n where that is smaller.
inline constexpr double mixing_nbeta = 50;

// One ladder for the runs of `plan` that are alike but for n, with rungs between them and below, in
// geometric order, so that no n is more than `ratio` (above 1) times the one before, as far as
// whole numbers allow.
std::vector<SampleLadder> make_ladders(const SamplePlan& plan, double ratio, std::uint64_t seed);

}  // namespace kgon
