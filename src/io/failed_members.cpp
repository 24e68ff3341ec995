#include "io/failed_members.hpp"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "io/errors.hpp"
#include "io/in_child.hpp"
#include "io/netcdf_file.hpp"
#include "io/result_metadata.hpp"
#include "io/slabs.hpp"

namespace kgon {
namespace {

constexpr std::size_t statuses_at_once = std::size_t{1} << 20;

struct Counts {
  std::uint64_t failed = 0, members = 0;
  bool are_chains = false;
};

// per_member: statuses of a member, the innermost of the variable.
Counts count(const NetcdfFile& file, int group, const NetcdfVariable& status,
             std::size_t per_member) {
  Counts counts;
  std::vector<std::int8_t> values;
  const std::size_t most = std::max(statuses_at_once, per_member);
  for_each_slab(status.shape(), most, [&](const Slab& slab) {
    values.resize(slab.elements());
    file.read(group, status.id, slab, values.data());
    for (auto row = values.begin(); row != values.end();
         row += static_cast<std::ptrdiff_t>(per_member)) {
      const auto end = row + static_cast<std::ptrdiff_t>(per_member);
      counts.failed += std::any_of(row, end, [](std::int8_t value) { return value > 0; }) ? 1u : 0u;
      ++counts.members;
    }
  });
  return counts;
}

Counts count_in(const std::string& path) {
  const NetcdfFile file = NetcdfFile::open(path);
  const MemberAxis& axis = member_axis(file);
  if (axis.stage == sample_axis.stage) return {};
  const bool is_train = axis.stage == train_axis.stage;
  const int group = file.find_group(axis.group);
  const NetcdfVariable status = file.find_variable(group, is_train ? "status" : "chain_status");
  if (status.type != NC_BYTE || status.shape().empty())
    throw UnusableFile(path + ": its status is not of one byte");
  Counts counts = count(file, group, status, is_train ? status.shape().back() : 1);
  counts.are_chains = !is_train;
  return counts;
}

}  // namespace

FailedMembers count_failed_members(const std::string& path) {
  const Bytes bytes = bytes_from_child({path}, [&] {
    ByteWriter writer;
    writer.put(count_in(path));
    return writer.take();
  });
  const auto counts = ByteReader(bytes).get<Counts>();
  return {counts.failed, counts.members, counts.are_chains ? "chains" : "members"};
}

}  // namespace kgon
