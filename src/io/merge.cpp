#include "io/merge.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <optional>
#include <set>
#include <utility>

#include "io/digest.hpp"
#include "io/errors.hpp"
#include "io/netcdf_file.hpp"
#include "io/part_file.hpp"
#include "io/result_metadata.hpp"
#include "io/slabs.hpp"
#include "io/verify.hpp"

namespace kgon {
namespace {

constexpr std::size_t slab_bytes = std::size_t{8} << 20;
constexpr std::size_t slab_strings = 1024;
// A file is open only while it is read: there may be thousands of shards.
struct ShardFile {
  std::string path;
  const MemberAxis* axis = nullptr;
  std::uint64_t first = 0, count = 0, total = 0;
  std::string study_hash, version, precision, device;
  std::uint64_t seed = 0;
  std::optional<double> wall_seconds;
};

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
  if (!shard.axis->has_shards)
    file.fail(fmt::format("holds a {} result, which is never cut into shards: it cannot be merged",
                          shard.axis->stage));
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
  same(a.study_hash, b.study_hash, "study");
  same(a.seed, b.seed, "seed");
  same(a.version, b.version, "kgon version");
  same(a.precision, b.precision, "precision");
  same(a.total, b.total, fmt::format("number of {}", a.axis->total).c_str());
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

// Sorted and checked to be all members of one study.
std::vector<ShardFile> read_shards(const std::vector<std::string>& inputs) {
  if (inputs.empty()) throw UnusableFile("there are no files to merge");
  std::vector<ShardFile> shards;
  for (const std::string& path : inputs) {
    shards.push_back(read_shard(path));
    refuse_mixture(shards.front(), shards.back());
  }
  std::ranges::stable_sort(shards, {}, &ShardFile::first);
  for (std::size_t i = 0; i + 1 < shards.size(); ++i) {
    const ShardFile &a = shards[i], &b = shards[i + 1];
    const std::uint64_t end = a.first + a.count;
    if (b.first < end) {
      throw UnusableFile(
          fmt::format("{} and {} overlap: both have member {}", a.path, b.path, b.first));
    }
    if (b.first > end) {
      throw UnusableFile(fmt::format("members {} to {} are missing between {} and {}", end,
                                     b.first - 1, a.path, b.path));
    }
  }
  const ShardFile &front = shards.front(), &back = shards.back();
  if (front.first > 0) {
    throw UnusableFile(fmt::format("members 0 to {} are missing: {} is the first shard given",
                                   front.first - 1, front.path));
  }
  if (const std::uint64_t end = back.first + back.count; end < back.total) {
    throw UnusableFile(fmt::format("members {} to {} are missing: {} is the last shard given", end,
                                   back.total - 1, back.path));
  }
  return shards;
}

struct OutputVariable {
  NetcdfVariable definition;  // as in the first shard; id of the output
  std::size_t axis = 0;       // of the members; dimensions.size() where it has none
  bool has_members() const { return axis < definition.dimensions.size(); }
};

struct OutputGroup {
  std::string name;
  int id = -1;
  bool is_derived = false;  // see derived_mark
  std::vector<OutputVariable> variables;
};

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

class Merge {
 public:
  Merge(const std::vector<ShardFile>& shards, NetcdfFile& output,
        const std::function<void()>& check)
      : shards_(shards), output_(output), check_(check) {}

  void run() {
    define();
    std::uint64_t offset = 0;
    for (const ShardFile& shard : shards_) {
      copy(shard, offset);
      offset += shard.count;
    }
    output_.close();
  }

 private:
  bool is_member_axis(const NetcdfDimension& dimension) const {
    return dimension.name == shards_.front().axis->dimension;
  }
  void define();
  void define_group(const NetcdfFile& first, const NetcdfFile::Group& group);
  void put_root(const NetcdfFile& first);
  void copy(const ShardFile& shard, std::uint64_t offset);
  void copy_values(const NetcdfFile& file, int group, const NetcdfVariable& from,
                   const OutputGroup& to_group, const OutputVariable& to, std::uint64_t offset);
  void compare(const NetcdfFile& file, int group, const NetcdfVariable& from,
               const OutputGroup& to_group, const OutputVariable& to);
  void expect_same(const NetcdfFile& file, const ShardFile& shard, const NetcdfVariable& from,
                   const OutputVariable& to) const;

  const std::vector<ShardFile>& shards_;
  NetcdfFile& output_;
  const std::function<void()>& check_;
  std::vector<OutputGroup> groups_;
  std::vector<std::byte> buffer_, expected_;
};

void Merge::put_root(const NetcdfFile& first) {
  std::string devices;
  std::set<std::string> seen;
  for (const ShardFile& shard : shards_) {
    if (seen.insert(shard.device).second) devices += (devices.empty() ? "" : "; ") + shard.device;
  }
  const int root = output_.root();
  for (const std::string& name : first.attributes(first.root(), NC_GLOBAL)) {
    if (name == "shard_first") {
      output_.put_value(root, NC_GLOBAL, name, std::int64_t{0});
    } else if (name == "shard_count") {
      output_.put_value(root, NC_GLOBAL, name, static_cast<std::int64_t>(shards_.front().total));
    } else if (name == "created_at") {
      output_.put_text(root, NC_GLOBAL, name, creation_time());
    } else if (name == "device") {
      output_.put_text(root, NC_GLOBAL, name, devices);
    } else if (name != wall_seconds_attribute) {
      output_.copy_attribute(first, first.root(), NC_GLOBAL, root, NC_GLOBAL, name);
    }
  }
  const std::optional<double> seconds = total_wall_seconds(shards_);
  if (seconds) put_wall_seconds(output_, *seconds);
}

void Merge::define() {
  const NetcdfFile first = NetcdfFile::open(shards_.front().path);
  put_root(first);
  for (const NetcdfFile::Group& group : first.groups()) define_group(first, group);
  output_.end_definitions();
}

void Merge::define_group(const NetcdfFile& first, const NetcdfFile::Group& group) {
  OutputGroup& result = groups_.emplace_back();
  result.name = group.name;
  result.id = output_.define_group(group.name);
  result.is_derived = first.find_real(group.id, derived_mark) == 1;
  for (const std::string& name : first.attributes(group.id, NC_GLOBAL))
    output_.copy_attribute(first, group.id, NC_GLOBAL, result.id, NC_GLOBAL, name);
  std::vector<std::pair<int, int>> ids;  // of a dimension in the first shard and in the output
  for (const NetcdfDimension& dimension : first.dimensions(group.id)) {
    const std::size_t length = is_member_axis(dimension) ? shards_.front().total : dimension.length;
    ids.emplace_back(dimension.id, output_.define_dimension(result.id, dimension.name, length));
  }
  for (const NetcdfVariable& variable : first.variables(group.id)) {
    std::vector<int> dimensions;
    OutputVariable& mine = result.variables.emplace_back();
    mine.definition = variable;
    mine.axis = variable.dimensions.size();
    for (std::size_t d = 0; d < variable.dimensions.size(); ++d) {
      const auto id =
          std::ranges::find(ids, variable.dimensions[d].id, &std::pair<int, int>::first);
      if (id == ids.end()) first.fail("it has dimensions outside its group");
      dimensions.push_back(id->second);
      if (is_member_axis(variable.dimensions[d])) mine.axis = d;
    }
    if (netcdf_type_size(variable.type) == 0 && variable.type != NC_STRING) {
      first.fail(fmt::format("variable {} has a type that kgon does not write", variable.name));
    }
    mine.definition.id =
        output_.define_variable(result.id, variable.name, variable.type, dimensions);
    for (const std::string& name : first.attributes(group.id, variable.id)) {
      output_.copy_attribute(first, group.id, variable.id, result.id, mine.definition.id, name);
    }
  }
}

// The same dimensions but for the number of members.
void Merge::expect_same(const NetcdfFile& file, const ShardFile& shard, const NetcdfVariable& from,
                        const OutputVariable& to) const {
  bool same =
      from.type == to.definition.type && from.dimensions.size() == to.definition.dimensions.size();
  for (std::size_t d = 0; same && d < from.dimensions.size(); ++d) {
    const std::size_t expected = d == to.axis ? shard.count : to.definition.dimensions[d].length;
    same = from.dimensions[d].name == to.definition.dimensions[d].name &&
           from.dimensions[d].length == expected;
  }
  if (same) return;
  file.fail(fmt::format("its variable {} has another type or shape than in {}", from.name,
                        shards_.front().path));
}

void Merge::copy(const ShardFile& shard, std::uint64_t offset) {
  const NetcdfFile file = NetcdfFile::open(shard.path);
  for (const OutputGroup& group : groups_) {
    const int from_group = file.find_group(group.name);
    if (file.variables(from_group).size() != group.variables.size()) {
      file.fail(fmt::format("it has other variables than {}", shards_.front().path));
    }
    for (const OutputVariable& variable : group.variables) {
      const NetcdfVariable from = file.find_variable(from_group, variable.definition.name);
      expect_same(file, shard, from, variable);
      if (offset == 0 || variable.has_members()) {
        copy_values(file, from_group, from, group, variable, offset);
      } else if (!group.is_derived) {
        compare(file, from_group, from, group, variable);
      }
    }
  }
}

void Merge::copy_values(const NetcdfFile& file, int group, const NetcdfVariable& from,
                        const OutputGroup& to_group, const OutputVariable& to,
                        std::uint64_t offset) {
  const bool strings = from.type == NC_STRING;
  const std::size_t size = netcdf_type_size(from.type);
  for_each_slab(from.shape(), strings ? slab_strings : slab_bytes / size, [&](const Slab& slab) {
    check_();
    Slab target = slab;
    if (to.has_members()) target.start[to.axis] += offset;
    if (strings) {
      output_.write_strings(to_group.id, to.definition.id, target,
                            file.read_strings(group, from.id, slab));
      return;
    }
    buffer_.resize(slab.elements() * size);
    file.read(group, from.id, slab, buffer_.data());
    output_.write(to_group.id, to.definition.id, target, buffer_.data());
  });
}

// What does not depend on members is in every shard and must be the same there. Of derived groups
// that may differ in rounding, as the mathematics library of each machine has it.
void Merge::compare(const NetcdfFile& file, int group, const NetcdfVariable& from,
                    const OutputGroup& to_group, const OutputVariable& to) {
  const bool strings = from.type == NC_STRING;
  const std::size_t size = netcdf_type_size(from.type);
  for_each_slab(from.shape(), strings ? slab_strings : slab_bytes / size, [&](const Slab& slab) {
    check_();
    bool same = false;
    if (strings) {
      same = file.read_strings(group, from.id, slab) ==
             output_.read_strings(to_group.id, to.definition.id, slab);
    } else {
      buffer_.resize(slab.elements() * size);
      expected_.resize(buffer_.size());
      file.read(group, from.id, slab, buffer_.data());
      output_.read(to_group.id, to.definition.id, slab, expected_.data());
      same = std::memcmp(buffer_.data(), expected_.data(), buffer_.size()) == 0;
    }
    if (!same) {
      throw UnusableFile(fmt::format("{} and {} differ in their {}", shards_.front().path,
                                     file.path(), from.name));
    }
  });
}

}  // namespace

void merge_results(const std::vector<std::string>& inputs, const std::string& output,
                   const std::function<void()>& check) {
  const std::vector<ShardFile> shards = read_shards(inputs);
  std::uint64_t bytes = 0;
  for (const ShardFile& shard : shards) bytes += bytes_of(shard.path);
  PartFile part(output, bytes);
  NetcdfFile file = NetcdfFile::create(part.part());
  Merge(shards, file, check).run();
  verify_written(part.part(), std::nullopt, shards.front().total);
  part.publish();
}

}  // namespace kgon
