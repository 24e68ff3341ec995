// Blocks of `llc` as bytes.
#pragma once

#include <span>

#include "engine/byte_stream.hpp"
#include "engine/chain_runner.hpp"
#include "kgon/engine/llc_block.hpp"
#include "kgon/engine/llc_plan.hpp"

namespace kgon {

Bytes to_bytes(const LlcBlock& block);
// Reads what to_bytes wrote. DamagedBytes where the bytes end early or are not of the plan.
LlcBlock llc_block_from(std::span<const std::byte> bytes, const LlcPlan& plan);

void put(const ChainOutcome& outcome, ByteWriter& bytes);
void get(ChainOutcome& outcome, ByteReader& bytes);

}  // namespace kgon
