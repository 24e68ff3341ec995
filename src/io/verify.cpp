#include "io/verify.hpp"

#include <fmt/format.h>

#include <vector>

#include "io/errors.hpp"
#include "io/netcdf_file.hpp"
#include "io/result_metadata.hpp"

namespace kgon {
namespace {

void read_last_value(const NetcdfFile& file, int group, const NetcdfVariable& variable) {
  if (variable.elements() == 0) return;
  std::vector<std::size_t> last = variable.shape();
  const std::vector<std::size_t> one(last.size(), 1);
  for (std::size_t& index : last) --index;
  if (variable.type == NC_STRING) {
    file.read_strings(group, variable.id, {last, one});
  } else {
    std::uint64_t value = 0;  // no type of ours is wider
    file.read(group, variable.id, {last, one}, &value);
  }
}

}  // namespace

void verify_written(const std::string& path, std::optional<std::uint64_t> cells,
                    std::uint64_t members) {
  try {
    const NetcdfFile file = NetcdfFile::open(path);
    const MemberAxis& axis = member_axis(file);
    for (const NetcdfFile::Group& group : file.groups()) {
      for (const NetcdfDimension& dimension : file.dimensions(group.id)) {
        const bool short_of_members =
            dimension.name == axis.dimension && dimension.length != members;
        const bool short_of_cells = cells && dimension.name == "cell" && dimension.length != *cells;
        if (short_of_members || short_of_cells) file.fail("a dimension has the wrong length");
      }
      for (const NetcdfVariable& variable : file.variables(group.id)) {
        read_last_value(file, group.id, variable);
      }
    }
  } catch (const UnusableFile& error) {
    throw IoError(fmt::format("a result just written cannot be read back: {}", error.what()));
  }
}

}  // namespace kgon
