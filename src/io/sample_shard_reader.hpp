// Reads islands of `sample` from the file of a shard, for estimates from those of all shards.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kgon/engine/sample_block.hpp"
#include "kgon/engine/sample_plan.hpp"

namespace kgon {

// Some runs of a plan, and the islands of them that a shard has.
struct IslandPiece {
  std::size_t first_run = 0, runs = 0;
  IslandRange islands;
};

// [runs, islands]: all that estimates are made from. Of draws these are losses and phases, of hmc
// and nuts alone; energy_fraction has one value, the smallest of the island's chains. `plan`: of
// the whole study. UnusableFile where the file is no shard with these islands of this plan.
std::vector<SampleBlock> read_islands(const std::string& path, const SamplePlan& plan,
                                      const IslandPiece& piece);

// Bytes that all islands of a run take when they are read, but for their shares of phases.
std::uint64_t island_reader_bytes(const SamplePlan& plan);

}  // namespace kgon
