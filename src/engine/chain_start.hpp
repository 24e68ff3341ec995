// Where the chains of hmc and nuts start.
#pragma once

#include <cstdint>
#include <vector>

#include "kgon/engine/sample_plan.hpp"

namespace kgon {

// [chains, P] points of the chains of the island with Philox key `key`, as `start` says.
std::vector<double> chain_starts(const ChainStart& start, std::uint64_t key, std::uint32_t chains,
                                 int parameters, double prior_scale);

}  // namespace kgon
