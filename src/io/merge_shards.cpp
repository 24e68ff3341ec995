#include "io/merge_shards.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "io/errors.hpp"
#include "io/netcdf_file.hpp"

namespace kgon {
namespace {

ShardFile read_shard(const std::string& path) {
  const NetcdfFile file = NetcdfFile::open(path);
  const int root = file.root();
  const auto text = [&](const char* name) { return file.text(root, NC_GLOBAL, name); };
  ShardFile shard;
  shard.path = path;
  shard.version = text("kgon_version");
  shard.study_hash = text("study_hash");
  shard.precision = text("precision");
  shard.device = text("device");
  shard.seed = file.unsigned_integer(root, "seed");
  shard.wall_seconds = file.find_real(root, wall_seconds_attribute);
  shard.axis = &member_axis(file);
  shard.first = file.unsigned_integer(root, "shard_first");
  shard.count = file.unsigned_integer(root, "shard_count");
  shard.total = file.unsigned_integer(root, shard.axis->total);
  if (shard.count == 0 || shard.first >= shard.total || shard.count > shard.total - shard.first) {
    file.fail("its members are out of range");
  }
  return shard;
}

void refuse_mixture(const ShardFile& a, const ShardFile& b) {
  const auto same = [&](const auto& x, const auto& y, const char* what) {
    if (x == y) return;
    throw UnusableFile(
        fmt::format("{} and {} differ in their {}: {} and {}", a.path, b.path, what, x, y));
  };
  same(std::string(a.axis->stage), std::string(b.axis->stage), "stage");
  // The study's hash is one of these two as well.
  same(a.seed, b.seed, "seed");
  same(a.precision, b.precision, "precision");
  same(a.study_hash, b.study_hash, "study");
  same(a.version, b.version, "kgon version");
  same(a.total, b.total, fmt::format("number of {}", a.axis->total).c_str());
}

void refuse_gap_or_overlap(const ShardFile& a, const ShardFile& next) {
  const std::uint64_t end = a.first + a.count;
  if (next.first < end) {
    throw UnusableFile(
        fmt::format("{} and {} overlap: both have member {}", a.path, next.path, next.first));
  }
  if (next.first > end) {
    throw UnusableFile(fmt::format("members {} to {} are missing between {} and {}", end,
                                   next.first - 1, a.path, next.path));
  }
}

void refuse_missing_ends(const ShardFile& front, const ShardFile& back) {
  if (front.first > 0) {
    throw UnusableFile(fmt::format("members 0 to {} are missing: {} is the first shard given",
                                   front.first - 1, front.path));
  }
  if (const std::uint64_t end = back.first + back.count; end < back.total) {
    throw UnusableFile(fmt::format("members {} to {} are missing: {} is the last shard given", end,
                                   back.total - 1, back.path));
  }
}

}  // namespace

std::vector<ShardFile> read_shards(const std::vector<std::string>& paths) {
  if (paths.empty()) throw UnusableFile("there are no files to merge");
  std::vector<ShardFile> shards;
  for (const std::string& path : paths) {
    shards.push_back(read_shard(path));
    refuse_mixture(shards.front(), shards.back());
  }
  std::ranges::stable_sort(shards, {}, &ShardFile::first);
  for (std::size_t i = 0; i + 1 < shards.size(); ++i)
    refuse_gap_or_overlap(shards[i], shards[i + 1]);
  refuse_missing_ends(shards.front(), shards.back());
  return shards;
}

}  // namespace kgon
