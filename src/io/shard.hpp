// Part I of N of a stage's members.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace kgon {

// Part `index` of `count` equal parts.
struct Shard {
  std::uint64_t index = 0;
  std::uint64_t count = 1;
};

// Members first..first+count-1; never empty.
struct ShardRange {
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

// Reads "I/N", 0 <= I < N < 2^32. Throws UsageError.
Shard parse_shard(const std::string& text);

// A shard that a cluster has given out, and the environment variable with its index.
struct EnvironmentShard {
  Shard shard;
  std::string variable;
};

// The value of an environment variable; nothing where it is not set.
using EnvironmentGetter = std::function<std::optional<std::string>(const std::string& name)>;

// The shard that this task is of an array of Slurm or AWS Batch or of an indexed Job of Kubernetes,
// whose template sets JOB_COMPLETIONS. Throws UsageError, which names the variable, unless the
// variables of exactly one of them are set, all of them, and give an index below the count. Of
// Slurm an array counts whole, from 0 or 1 on, as parts of it that are submitted again have another
// count.
EnvironmentShard shard_from_environment(const EnvironmentGetter& get);

// The shard's part of `total` (below 2^32) members, which `what` names in the plural. Throws
// UsageError where there are fewer members than shards.
ShardRange shard_range(const Shard& shard, std::uint64_t total, const std::string& what);

}  // namespace kgon
