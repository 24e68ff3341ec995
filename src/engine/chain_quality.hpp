// What the draws of hmc and nuts say about their chains.
#pragma once

#include <span>
#include <vector>

#include "engine/sample_estimate.hpp"

namespace kgon {

// A block for each chain of the islands, with its shares of the phases, mean loss and equal
// evidence: what the estimates of a run are made of.
std::vector<SampleBlock> split_into_chains(const SamplePlan& plan,
                                           std::span<const SampleBlock> islands);

// The smallest E-BFMI of the islands' chains; NaN where one is.
double least_energy_fraction(std::span<const SampleBlock> islands);

ChainQuality judge_chains(const SamplePlan& plan, std::span<const SampleBlock> islands);

}  // namespace kgon
