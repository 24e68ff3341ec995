// Joins the shards of `sample`, whose estimates are those of all islands.
#pragma once

#include <functional>
#include <vector>

#include "io/merge_shards.hpp"
#include "io/netcdf_file.hpp"

namespace kgon {

// Fills a new file, whose root is there already, from all shards of a study, in order: islands and
// chains side by side, and all that is made from them as one run on this machine makes it; the
// formula's free energies are the first shard's. Memory: that of the islands without their draws,
// and of hmc and nuts losses and phases of one posterior, or 64 MiB of them. Throws
// UnusableFile and IoError; what `check` throws goes on.
void merge_sample(const std::vector<ShardFile>& shards, NetcdfFile& output,
                  const std::function<void()>& check);

}  // namespace kgon
