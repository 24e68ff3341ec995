// Groups of shards, copied side by side into one file.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "io/merge_shards.hpp"
#include "io/netcdf_file.hpp"

namespace kgon {

// The dimension along which the shards lie side by side, and how long it is for each member.
struct CopyAxis {
  std::string dimension;
  std::uint64_t per_member = 1;
};

// Holds one shard open at a time, and pieces of at most 8 MiB.
class ShardCopy {
 public:
  // All of them must live longer; `check` is called before every piece, and what it throws goes on.
  ShardCopy(const std::vector<ShardFile>& shards, CopyAxis axis, NetcdfFile& output,
            const std::function<void()>& check)
      : shards_(shards), axis_(std::move(axis)), output_(output), check_(check) {}

  // Defines the groups, which every shard has, as they are in the first one, and fills them.
  // UnusableFile where a shard has other variables, types or shapes, or other values in what does
  // not depend on members, unless the group is marked as derived; IoError.
  void copy(const std::vector<std::string>& groups);

 private:
  struct Variable {
    NetcdfVariable definition;  // as in the first shard; id of the output
    std::size_t axis = 0;       // of the members; dimensions.size() where it has none
    bool has_members() const { return axis < definition.dimensions.size(); }
  };
  struct Group {
    std::string name;
    int id = -1;
    bool is_derived = false;  // see derived_mark
    std::vector<Variable> variables;
  };

  bool is_member_axis(const NetcdfDimension& dimension) const {
    return dimension.name == axis_.dimension;
  }
  Group define(const NetcdfFile& first, const std::string& name);
  void fill(const std::vector<Group>& groups, const ShardFile& shard);
  void copy_values(const NetcdfFile& file, int group, const NetcdfVariable& from,
                   const Group& to_group, const Variable& to, std::uint64_t offset);
  void compare(const NetcdfFile& file, int group, const NetcdfVariable& from, const Group& to_group,
               const Variable& to);
  void expect_same(const NetcdfFile& file, const ShardFile& shard, const NetcdfVariable& from,
                   const Variable& to) const;

  const std::vector<ShardFile>& shards_;
  const CopyAxis axis_;
  NetcdfFile& output_;
  const std::function<void()>& check_;
  std::vector<std::byte> buffer_, expected_;
};

}  // namespace kgon
