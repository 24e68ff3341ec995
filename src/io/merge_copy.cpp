#include "io/merge_copy.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "io/digest.hpp"
#include "io/errors.hpp"
#include "io/slabs.hpp"

namespace kgon {
namespace {

constexpr std::size_t slab_bytes = std::size_t{8} << 20;
constexpr std::size_t slab_strings = 1024;

// Values of a piece.
std::size_t piece(nc_type type) {
  return type == NC_STRING ? slab_strings : slab_bytes / netcdf_type_size(type);
}

}  // namespace

void ShardCopy::copy(const std::vector<std::string>& names) {
  if (names.empty()) return;
  std::vector<Group> groups;
  {
    const NetcdfFile first = NetcdfFile::open(shards_.front().path);
    for (const std::string& name : names) groups.push_back(define(first, name));
  }
  output_.end_definitions();
  for (const ShardFile& shard : shards_) fill(groups, shard);
}

ShardCopy::Group ShardCopy::define(const NetcdfFile& first, const std::string& name) {
  const int group = first.find_group(name);
  Group result{name, output_.define_group(name), first.find_real(group, derived_mark) == 1, {}};
  for (const std::string& attribute : first.attributes(group, NC_GLOBAL))
    output_.copy_attribute(first, group, NC_GLOBAL, result.id, NC_GLOBAL, attribute);
  std::vector<std::pair<int, int>> ids;  // of a dimension in the first shard and in the output
  for (const NetcdfDimension& dimension : first.dimensions(group)) {
    const std::size_t length =
        is_member_axis(dimension) ? shards_.front().total * axis_.per_member : dimension.length;
    ids.emplace_back(dimension.id, output_.define_dimension(result.id, dimension.name, length));
  }
  for (const NetcdfVariable& variable : first.variables(group)) {
    std::vector<int> dimensions;
    Variable& mine = result.variables.emplace_back();
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
    for (const std::string& attribute : first.attributes(group, variable.id))
      output_.copy_attribute(first, group, variable.id, result.id, mine.definition.id, attribute);
  }
  return result;
}

// The same dimensions but for the number of members.
void ShardCopy::expect_same(const NetcdfFile& file, const ShardFile& shard,
                            const NetcdfVariable& from, const Variable& to) const {
  bool same =
      from.type == to.definition.type && from.dimensions.size() == to.definition.dimensions.size();
  for (std::size_t d = 0; same && d < from.dimensions.size(); ++d) {
    const std::size_t expected =
        d == to.axis ? shard.count * axis_.per_member : to.definition.dimensions[d].length;
    same = from.dimensions[d].name == to.definition.dimensions[d].name &&
           from.dimensions[d].length == expected;
  }
  if (same) return;
  file.fail(fmt::format("its variable {} has another type or shape than in {}", from.name,
                        shards_.front().path));
}

void ShardCopy::fill(const std::vector<Group>& groups, const ShardFile& shard) {
  const NetcdfFile file = NetcdfFile::open(shard.path);
  for (const Group& group : groups) {
    const int from_group = file.find_group(group.name);
    if (file.variables(from_group).size() != group.variables.size()) {
      file.fail(fmt::format("it has other variables than {}", shards_.front().path));
    }
    for (const Variable& variable : group.variables) {
      const NetcdfVariable from = file.find_variable(from_group, variable.definition.name);
      expect_same(file, shard, from, variable);
      if (shard.first == 0 || variable.has_members()) {
        copy_values(file, from_group, from, group, variable, shard.first * axis_.per_member);
      } else if (!group.is_derived) {
        compare(file, from_group, from, group, variable);
      }
    }
  }
}

void ShardCopy::copy_values(const NetcdfFile& file, int group, const NetcdfVariable& from,
                            const Group& to_group, const Variable& to, std::uint64_t offset) {
  for_each_slab(from.shape(), piece(from.type), [&](const Slab& slab) {
    check_();
    Slab target = slab;
    if (to.has_members()) target.start[to.axis] += offset;
    if (from.type == NC_STRING) {
      output_.write_strings(to_group.id, to.definition.id, target,
                            file.read_strings(group, from.id, slab));
      return;
    }
    buffer_.resize(slab.elements() * netcdf_type_size(from.type));
    file.read(group, from.id, slab, buffer_.data());
    output_.write(to_group.id, to.definition.id, target, buffer_.data());
  });
}

// What does not depend on members is in every shard and must be the same there. Of derived groups
// that may differ in rounding, as the mathematics library of each machine has it.
void ShardCopy::compare(const NetcdfFile& file, int group, const NetcdfVariable& from,
                        const Group& to_group, const Variable& to) {
  for_each_slab(from.shape(), piece(from.type), [&](const Slab& slab) {
    check_();
    bool same = false;
    if (from.type == NC_STRING) {
      same = file.read_strings(group, from.id, slab) ==
             output_.read_strings(to_group.id, to.definition.id, slab);
    } else {
      buffer_.resize(slab.elements() * netcdf_type_size(from.type));
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

}  // namespace kgon
