// Blocks and states of `train` as bytes, and parts of them.
#pragma once

#include <span>

#include "engine/byte_stream.hpp"
#include "kgon/engine/train_plan.hpp"
#include "kgon/engine/train_state.hpp"

namespace kgon {

Bytes to_bytes(const TrainBlock& block);
Bytes to_bytes(const TrainState& state);

// Reads what to_bytes wrote. DamagedBytes where the bytes end early, or are not of members of the
// plan's shard with arrays of the plan's sizes.
TrainBlock train_block_from(std::span<const std::byte> bytes, const TrainPlan& plan);
TrainState train_state_from(std::span<const std::byte> bytes, const TrainPlan& plan);
// Of such a block, the members alone; the rest is not read.
MemberRange train_range_from(std::span<const std::byte> bytes, const TrainPlan& plan);

// Members first..first+count-1 of `state`, which has them.
TrainState part_of(const TrainState& state, std::uint64_t first, std::uint64_t count);

}  // namespace kgon
