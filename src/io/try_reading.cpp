#include "io/try_reading.hpp"

#include <cstddef>
#include <vector>

#include "io/errors.hpp"
#include "io/in_child.hpp"
#include "io/netcdf_file.hpp"
#include "io/slabs.hpp"

namespace kgon {
namespace {

constexpr std::size_t bytes_at_once = std::size_t{4} << 20;
constexpr std::size_t texts_at_once = 1024;

void read_attributes(const NetcdfFile& file, int group, int variable) {
  for (const std::string& name : file.attributes(group, variable)) {
    try {
      file.text(group, variable, name);
    } catch (const UnusableFile&) {
      // A number.
      file.find_real(group, name);
    }
  }
}

void read_values(const NetcdfFile& file, int group, const NetcdfVariable& variable) {
  if (variable.elements() == 0) return;
  if (variable.type == NC_STRING) {
    for_each_slab(variable.shape(), texts_at_once,
                  [&](const Slab& slab) { file.read_strings(group, variable.id, slab); });
    return;
  }
  const std::size_t size = netcdf_type_size(variable.type);
  if (size == 0) return;
  std::vector<std::byte> buffer;
  if (!file.is_contiguous(group, variable)) {
    for_each_slab(variable.shape(), bytes_at_once / size, [&](const Slab& slab) {
      buffer.resize(slab.elements() * size);
      file.read(group, variable.id, slab, buffer.data());
    });
    return;
  }
  const std::vector<std::size_t> one(variable.dimensions.size(), 1);
  std::vector<std::size_t> first(one.size(), 0), last = variable.shape();
  for (std::size_t& index : last) --index;
  buffer.resize(size);
  file.read(group, variable.id, {first, one}, buffer.data());
  file.read(group, variable.id, {last, one}, buffer.data());
}

void read_group(const NetcdfFile& file, int group) {
  read_attributes(file, group, NC_GLOBAL);
  file.dimensions(group);
  for (const NetcdfVariable& variable : file.variables(group)) {
    read_attributes(file, group, variable.id);
    read_values(file, group, variable);
  }
}

void read_file(const std::string& path) {
  const NetcdfFile file = NetcdfFile::open(path);
  read_group(file, file.root());
  for (const NetcdfFile::Group& group : file.groups()) read_group(file, group.id);
}

}  // namespace

void try_reading(const std::vector<std::string>& files) {
  in_child(
      files,
      [&](const Deliver&) {
        for (const std::string& path : files) {
          try {
            read_file(path);
          } catch (const UnusableFile&) {
          }
        }
      },
      [](Bytes&&) {});
}

}  // namespace kgon
