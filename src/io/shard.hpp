// Part I of N of a stage's members.
#pragma once

#include <cstdint>
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

// The shard's part of `total` (below 2^32) members, which `what` names in the plural. Throws
// UsageError where there are fewer members than shards.
ShardRange shard_range(const Shard& shard, std::uint64_t total, const std::string& what);

}  // namespace kgon
