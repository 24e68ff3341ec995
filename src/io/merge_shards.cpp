#include "io/merge_shards.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "io/errors.hpp"
#include "io/netcdf_file.hpp"
#include "io/shard.hpp"

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

void refuse_overlap(const ShardFile& a, const ShardFile& next) {
  if (next.first < a.first + a.count)
    throw UnusableFile(
        fmt::format("{} and {} overlap: both have member {}", a.path, next.path, next.first));
}

// The part of `count` that the file is; nothing where it is none of them.
std::optional<std::uint64_t> part_of(const ShardFile& file, std::uint64_t count) {
  const std::uint64_t index = (file.first * count + file.total - 1) / file.total;
  const ShardRange part = shard_range({index, count}, file.total, "members");
  if (part.first != file.first || part.count != file.count) return std::nullopt;
  return index;
}

// How many parts `shards` are of, by their sizes; nothing where that is not clear.
std::optional<std::uint64_t> count_parts(const std::vector<ShardFile>& shards) {
  constexpr std::uint64_t most_parts = 1'000'000;
  const ShardFile& file = shards.front();
  const std::uint64_t fewest = file.total / (file.count + 1) + 1;
  // Parts of one study differ by one member at most.
  const std::uint64_t most =
      file.count == 1 ? file.total : std::min(file.total, (file.total - 1) / (file.count - 1));
  if (most > most_parts) return std::nullopt;
  std::optional<std::uint64_t> found;
  for (std::uint64_t count = fewest; count <= most; ++count) {
    const auto is_part = [&](const ShardFile& shard) { return part_of(shard, count).has_value(); };
    if (!std::ranges::all_of(shards, is_part)) continue;
    if (found) return std::nullopt;
    found = count;
  }
  return found;
}

// "; not here of 64 parts: 3, 17", where their sizes tell.
std::string absent_parts(const std::vector<ShardFile>& shards) {
  constexpr std::size_t most_named = 10;
  const std::optional<std::uint64_t> count = count_parts(shards);
  if (!count) return "";
  std::vector<std::uint64_t> absent;
  auto next = shards.begin();
  for (std::uint64_t i = 0; i < *count && absent.size() <= most_named; ++i) {
    if (next != shards.end() && part_of(*next, *count) == i)
      ++next;
    else
      absent.push_back(i);
  }
  const bool more = absent.size() > most_named;
  if (more) absent.pop_back();
  return fmt::format("; not here of {} parts: {}{}", *count, fmt::join(absent, ", "),
                     more ? ", ..." : "");
}

// Of sorted shards that do not overlap.
void refuse_gaps(const std::vector<ShardFile>& shards) {
  const auto refuse = [&](std::uint64_t first, std::uint64_t last, const std::string& where) {
    throw UnusableFile(
        fmt::format("members {} to {} are missing{}{}", first, last, where, absent_parts(shards)));
  };
  const ShardFile &front = shards.front(), &back = shards.back();
  for (std::size_t i = 0; i + 1 < shards.size(); ++i)
    if (const std::uint64_t end = shards[i].first + shards[i].count; shards[i + 1].first > end)
      refuse(end, shards[i + 1].first - 1,
             fmt::format(" between {} and {}", shards[i].path, shards[i + 1].path));
  if (front.first > 0)
    refuse(0, front.first - 1, fmt::format(": {} is the first shard given", front.path));
  if (const std::uint64_t end = back.first + back.count; end < back.total)
    refuse(end, back.total - 1, fmt::format(": {} is the last shard given", back.path));
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
  for (std::size_t i = 0; i + 1 < shards.size(); ++i) refuse_overlap(shards[i], shards[i + 1]);
  refuse_gaps(shards);
  return shards;
}

}  // namespace kgon
