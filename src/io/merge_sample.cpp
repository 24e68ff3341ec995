#include "io/merge_sample.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <span>
#include <utility>

#include "io/merge_copy.hpp"
#include "io/sample_groups.hpp"
#include "io/sample_shard_reader.hpp"
#include "io/study.hpp"
#include "io/usage_error.hpp"

namespace kgon {
namespace {

constexpr std::uint64_t bytes_at_once = std::uint64_t{64} << 20;

ExpandedSample expand(const NetcdfFile& file, const Study& study) {
  const ModelShape shape{static_cast<int>(file.integer(file.root(), "hidden")),
                         static_cast<int>(file.integer(file.root(), "features"))};
  return expand_sample(study, {shape});
}

// Of all islands, from the study that the file tells.
SamplePlan plan_of(const ShardFile& shard) {
  const NetcdfFile file = NetcdfFile::open(shard.path);
  const std::string text = file.text(file.root(), NC_GLOBAL, "study");
  try {
    const Study study = parse_study(text, "its study", {});
    SamplePlan plan = expand(file, study).plan;
    if (sample_study_hash(study, plan) == shard.study_hash && plan.smc.islands == shard.total)
      return plan;
  } catch (const UsageError& error) {
    file.fail(fmt::format("this kgon cannot read its study ({})", error.what()));
  }
  file.fail("this kgon takes its study for another one than the kgon that wrote it");
}

// Those of the groups that the file has.
std::vector<std::string> groups_of(const ShardFile& shard, std::vector<std::string> names) {
  const auto groups = NetcdfFile::open(shard.path).groups();
  std::erase_if(names, [&](const std::string& name) {
    return std::ranges::find(groups, name, &NetcdfFile::Group::name) == groups.end();
  });
  return names;
}

// What is found in some runs goes to the end of `found`, where islands have what a file says of
// them alone.
void add_runs(std::vector<SampleBlock>&& islands, const SamplePlan& plan, SampleFindings& found) {
  const std::span<const SampleBlock> all(islands);
  for (std::size_t first = 0; first < islands.size(); first += plan.smc.islands)
    found.estimates.push_back(estimate_run(plan, all.subspan(first, plan.smc.islands)));
  for (SampleBlock& island : islands) {
    island.hull_phases = island.labels = {};
    drop_draws(island);
    found.islands.push_back(std::move(island));
  }
}

// [runs, islands] of the runs first..first+count-1, from all shards.
std::vector<SampleBlock> read_runs(const std::vector<ShardFile>& shards, const SamplePlan& plan,
                                   std::size_t first, std::size_t count) {
  std::vector<SampleBlock> islands(count * plan.smc.islands);
  for (const ShardFile& shard : shards) {
    const IslandRange part{static_cast<std::uint32_t>(shard.first),
                           static_cast<std::uint32_t>(shard.count)};
    std::vector<SampleBlock> blocks = read_islands(shard.path, plan, {first, count, part});
    for (std::size_t i = 0; i < blocks.size(); ++i)
      islands[i / shard.count * plan.smc.islands + shard.first + i % shard.count] =
          std::move(blocks[i]);
  }
  return islands;
}

SampleFindings find(const std::vector<ShardFile>& shards, const SamplePlan& plan,
                    const std::function<void()>& check) {
  SampleFindings found;
  const std::size_t runs = plan.runs.size();
  const std::size_t at_once = std::max<std::size_t>(1, bytes_at_once / island_reader_bytes(plan));
  for (std::size_t first = 0; first < runs; first += at_once) {
    check();
    add_runs(read_runs(shards, plan, first, std::min(at_once, runs - first)), plan, found);
  }
  found.crossings = find_crossings(plan, found.estimates);
  found.constants = fit_constants(plan, found.estimates);
  return found;
}

}  // namespace

void merge_sample(const std::vector<ShardFile>& shards, NetcdfFile& output,
                  const std::function<void()>& check) {
  const SamplePlan plan = plan_of(shards.front());
  const SampleFindings found = find(shards, plan, check);
  ShardCopy copy(shards, {"chain", plan.sequences()}, output, check);
  copy.copy(groups_of(shards.front(), {"critical_points"}));
  write_sample_summary(output, plan, found);
  copy.copy(groups_of(shards.front(), {"posterior", "sample_stats"}));
  write_theory(output, found);
  write_crossings(output, found);
  write_free_energy_fits(output, found);
}

}  // namespace kgon
