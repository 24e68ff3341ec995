#include "io/shard.hpp"

#include <fmt/format.h>

#include <charconv>

#include "io/usage_error.hpp"

namespace kgon {

Shard parse_shard(const std::string& text) {
  Shard shard;
  const char* end = text.data() + text.size();
  const auto index = std::from_chars(text.data(), end, shard.index);
  if (index.ec == std::errc() && index.ptr != end && *index.ptr == '/') {
    const auto count = std::from_chars(index.ptr + 1, end, shard.count);
    if (count.ec == std::errc() && count.ptr == end && shard.index < shard.count) return shard;
  }
  throw UsageError(fmt::format("--shard: '{}' is not I/N with 0 <= I < N, such as 0/3, 1/3 and 2/3",
                               text.substr(0, 60)));
}

ShardRange shard_range(const Shard& shard, std::uint64_t total, const std::string& what) {
  if (shard.count > total)
    throw UsageError(
        fmt::format("--shard: {} {} cannot be cut into {} shards", total, what, shard.count));
  const std::uint64_t first = total * shard.index / shard.count;
  return {first, total * (shard.index + 1) / shard.count - first};
}

}  // namespace kgon
