// Islands of `sample` as bytes.
#pragma once

#include <span>

#include "engine/byte_stream.hpp"
#include "engine/work_states.hpp"
#include "kgon/engine/backend.hpp"
#include "kgon/engine/sample_block.hpp"
#include "kgon/engine/sample_plan.hpp"

namespace kgon {

void put(const SampleBlock& block, ByteWriter& bytes);
void get(SampleBlock& block, ByteReader& bytes);

Bytes to_bytes(const SampleBlock& block);
// Reads what to_bytes wrote. DamagedBytes where the bytes end early or are not of the plan.
SampleBlock sample_block_from(std::span<const std::byte> bytes, const SamplePlan& plan);

// Those of an island of the sink's run.
WorkStates island_states(SampleSink& sink, std::size_t run, std::uint32_t island);

}  // namespace kgon
