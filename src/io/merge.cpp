#include "io/merge.hpp"

#include <cstdint>
#include <optional>
#include <set>

#include "engine/byte_stream.hpp"
#include "io/in_child.hpp"
#include "io/merge_copy.hpp"
#include "io/merge_sample.hpp"
#include "io/merge_shards.hpp"
#include "io/netcdf_file.hpp"
#include "io/part_file.hpp"
#include "io/result_metadata.hpp"
#include "io/verify.hpp"

namespace kgon {
namespace {

std::uint64_t bytes_of(const std::string& path) {
  const NetcdfFile file = NetcdfFile::open(path);
  std::uint64_t bytes = 64 * 1024;
  for (const NetcdfFile::Group& group : file.groups()) {
    for (const NetcdfVariable& variable : file.variables(group.id)) {
      bytes += variable.elements() * netcdf_type_size(variable.type);
    }
  }
  return bytes;
}

// Nothing where a shard does not say.
std::optional<double> total_wall_seconds(const std::vector<ShardFile>& shards) {
  double seconds = 0;
  for (const ShardFile& shard : shards) {
    if (!shard.wall_seconds) return std::nullopt;
    seconds += *shard.wall_seconds;
  }
  return seconds;
}

std::string all_devices(const std::vector<ShardFile>& shards) {
  std::string devices;
  std::set<std::string> seen;
  for (const ShardFile& shard : shards) {
    if (seen.insert(shard.device).second) devices += (devices.empty() ? "" : "; ") + shard.device;
  }
  return devices;
}

// The attributes of the first shard, but for those that say what part of the study this is.
void put_root(const std::vector<ShardFile>& shards, NetcdfFile& output) {
  const NetcdfFile first = NetcdfFile::open(shards.front().path);
  const int root = output.root();
  for (const std::string& name : first.attributes(first.root(), NC_GLOBAL)) {
    if (name == "shard_first") {
      output.put_value(root, NC_GLOBAL, name, std::int64_t{0});
    } else if (name == "shard_count") {
      output.put_value(root, NC_GLOBAL, name, static_cast<std::int64_t>(shards.front().total));
    } else if (name == "created_at") {
      output.put_text(root, NC_GLOBAL, name, creation_time());
    } else if (name == "device") {
      output.put_text(root, NC_GLOBAL, name, all_devices(shards));
    } else if (name != wall_seconds_attribute) {
      output.copy_attribute(first, first.root(), NC_GLOBAL, root, NC_GLOBAL, name);
    }
  }
  const std::optional<double> seconds = total_wall_seconds(shards);
  if (seconds) put_wall_seconds(output, *seconds);
}

std::vector<std::string> groups_of(const ShardFile& shard) {
  std::vector<std::string> names;
  for (const NetcdfFile::Group& group : NetcdfFile::open(shard.path).groups())
    names.push_back(group.name);
  return names;
}

void join(const std::vector<ShardFile>& shards, NetcdfFile& output,
          const std::function<void()>& check) {
  const ShardFile& first = shards.front();
  put_root(shards, output);
  // A single one is the whole already.
  if (shards.size() > 1 && first.axis == &sample_axis) {
    merge_sample(shards, output, check);
  } else {
    ShardCopy(shards, {first.axis->dimension}, output, check).copy(groups_of(first));
  }
}

struct Whole {
  std::uint64_t bytes = 0;    // of all shards
  std::uint64_t members = 0;  // of the study
};

Whole whole_of(const std::vector<std::string>& inputs) {
  Whole whole;
  for (const ShardFile& shard : read_shards(inputs)) {
    whole.bytes += bytes_of(shard.path);
    whole.members = shard.total;
  }
  return whole;
}

Whole whole_from_child(const std::vector<std::string>& inputs) {
  const Bytes bytes = bytes_from_child(inputs, [&] {
    ByteWriter writer;
    writer.put(whole_of(inputs));
    return writer.take();
  });
  return ByteReader(bytes).get<Whole>();
}

}  // namespace

void merge_results(const std::vector<std::string>& inputs, const std::string& output,
                   const std::function<void()>& check) {
  const Whole whole = whole_from_child(inputs);
  PartFile part(output, whole.bytes);
  // Before every piece the child says so, and goes on whether the parent does or not: that ends it.
  const auto write = [&](const Deliver& deliver) {
    NetcdfFile file = NetcdfFile::create(part.part());
    join(read_shards(inputs), file, [&] { deliver({}); });
    file.close();
  };
  in_child(inputs, write, [&](Bytes&&) { check(); });
  verify_written(part.part(), std::nullopt, whole.members);
  part.publish();
}

}  // namespace kgon
