// The ladders in n of parallel tempering.
#pragma once

#include <cstddef>
#include <vector>

#include "io/study.hpp"
#include "kgon/engine/sample_plan.hpp"

namespace kgon {

// n beta at which Hamiltonian chains still go from any phase to any other by themselves: ladders
// begin there, or at their smallest n where that is smaller.
inline constexpr double mixing_nbeta = 50;

// Longer ladders are taken for a mistake.
inline constexpr std::size_t most_rungs = 1000;

// One ladder for the runs of `plan` that are alike but for n, with rungs between them and below, in
// geometric order, so that no n is more than the study's ladder-ratio times the one before, as far
// as whole numbers allow. Throws UsageError where one has more than most_rungs.
std::vector<SampleLadder> make_ladders(const Study& study, const SamplePlan& plan);

}  // namespace kgon
