#include "io/digest.hpp"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "io/errors.hpp"
#include "io/in_child.hpp"
#include "io/netcdf_file.hpp"
#include "io/slabs.hpp"

namespace kgon {
namespace {

static_assert(std::endian::native == std::endian::little,
              "values are hashed as they lie in memory");

constexpr std::size_t slab_bytes = std::size_t{4} << 20;
constexpr std::size_t slab_strings = 1024;

class Hash {
 public:
  Hash() : state_(XXH3_createState()) { XXH3_128bits_reset(state_.get()); }

  void bytes(const void* data, std::size_t size) { XXH3_128bits_update(state_.get(), data, size); }
  void number(std::uint64_t value) { bytes(&value, sizeof value); }
  // With its length, so that neighbours cannot run into each other.
  void text(std::string_view value) {
    number(value.size());
    bytes(value.data(), value.size());
  }
  std::string hex() const {
    const XXH128_hash_t hash = XXH3_128bits_digest(state_.get());
    return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
  }

 private:
  struct Free {
    void operator()(XXH3_state_t* state) const { XXH3_freeState(state); }
  };
  std::unique_ptr<XXH3_state_t, Free> state_;
};

// The sign and the payload of a NaN depend on the processor that made it.
template <class T>
void make_nans_alike(std::vector<std::byte>& bytes, std::size_t count) {
  T* values = reinterpret_cast<T*>(bytes.data());
  for (T& value : std::span(values, count)) {
    if (std::isnan(value)) value = std::numeric_limits<T>::quiet_NaN();
  }
}

const char* type_name(nc_type type) {
  switch (type) {
    case NC_BYTE:
      return "int8";
    case NC_SHORT:
      return "int16";
    case NC_INT:
      return "int32";
    case NC_INT64:
      return "int64";
    case NC_UINT64:
      return "uint64";
    case NC_FLOAT:
      return "float32";
    case NC_DOUBLE:
      return "float64";
    case NC_STRING:
      return "string";
    default:
      return nullptr;
  }
}

void hash_values(Hash& hash, const NetcdfFile& file, int group, const NetcdfVariable& variable) {
  const std::size_t size = netcdf_type_size(variable.type);
  std::vector<std::byte> buffer;
  for_each_slab(variable.shape(), slab_bytes / size, [&](const Slab& slab) {
    const std::size_t count = slab.elements();
    buffer.resize(count * size);
    file.read(group, variable.id, slab, buffer.data());
    if (variable.type == NC_FLOAT) make_nans_alike<float>(buffer, count);
    if (variable.type == NC_DOUBLE) make_nans_alike<double>(buffer, count);
    hash.bytes(buffer.data(), buffer.size());
  });
}

// A file's name in `init` or `at` is how somebody spelt a path; which points it held is in
// `settings` and in the parameters.
std::string_view without_path(const NetcdfVariable& variable, std::string_view text) {
  constexpr std::string_view ending = ".nc";
  const bool is_point = variable.name == "init" || variable.name == "at";
  return is_point && text.ends_with(ending) ? ending : text;
}

void hash_variable(Hash& hash, const NetcdfFile& file, int group, const NetcdfVariable& variable) {
  const char* type = type_name(variable.type);
  if (type == nullptr) {
    file.fail(fmt::format("variable {} has a type that kgon does not write", variable.name));
  }
  hash.text(variable.name);
  hash.text(type);
  hash.number(variable.dimensions.size());
  for (const NetcdfDimension& dimension : variable.dimensions) {
    hash.text(dimension.name);
    hash.number(dimension.length);
  }
  if (variable.type == NC_STRING) {
    for_each_slab(variable.shape(), slab_strings, [&](const Slab& slab) {
      for (const std::string& text : file.read_strings(group, variable.id, slab)) {
        hash.text(without_path(variable, text));
      }
    });
  } else {
    hash_values(hash, file, group, variable);
  }
}

}  // namespace

std::string result_digest(const std::string& path) {
  const NetcdfFile file = NetcdfFile::open(path);
  file.text(file.root(), NC_GLOBAL, "kgon_version");  // else it is not ours
  const auto groups = file.groups();
  if (groups.empty()) file.fail("it has no groups, so it is no kgon result");
  Hash hash;
  for (const NetcdfFile::Group& group : groups) {
    if (file.find_real(group.id, derived_mark) == 1) continue;
    std::vector<NetcdfVariable> variables = file.variables(group.id);
    std::ranges::sort(variables, {}, &NetcdfVariable::name);
    hash.text(group.name);
    hash.number(variables.size());
    for (const NetcdfVariable& variable : variables) {
      hash_variable(hash, file, group.id, variable);
    }
  }
  return hash.hex();
}

std::string foreign_digest(const std::string& path) {
  return text_from_child({path}, [&] { return result_digest(path); });
}

}  // namespace kgon
