// The netCDF C API with every call checked. Not thread-safe: libnetcdf is not, so one thread at a
// time may use any of these objects.
#pragma once

#include <netcdf.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace kgon {

// The netCDF type of a C++ type.
template <class T>
constexpr nc_type netcdf_type() {
  if constexpr (std::is_same_v<T, std::int8_t>) return NC_BYTE;
  if constexpr (std::is_same_v<T, std::int16_t>) return NC_SHORT;
  if constexpr (std::is_same_v<T, std::int32_t>) return NC_INT;
  if constexpr (std::is_same_v<T, std::int64_t>) return NC_INT64;
  if constexpr (std::is_same_v<T, std::uint64_t>) return NC_UINT64;
  if constexpr (std::is_same_v<T, float>) return NC_FLOAT;
  if constexpr (std::is_same_v<T, double>) return NC_DOUBLE;
  if constexpr (std::is_same_v<T, std::string>) return NC_STRING;
}

// Bytes of one value of an atomic type, 0 for strings and for types that kgon does not write.
std::size_t netcdf_type_size(nc_type type);

struct NetcdfDimension {
  int id = -1;
  std::string name;
  std::size_t length = 0;
};

struct NetcdfVariable {
  int id = -1;
  std::string name;
  nc_type type = NC_NAT;
  std::vector<NetcdfDimension> dimensions;
  std::vector<std::size_t> shape() const;
  std::size_t elements() const;
};

// Where a slab begins and how long it is, an entry per dimension; both empty for a scalar.
struct Slab {
  std::vector<std::size_t> start, count;
  std::size_t elements() const;
};

// Failures throw UnusableFile for a file that was opened and IoError for one that was created,
// with the file, the call and the reason.
class NetcdfFile {
 public:
  static NetcdfFile open(const std::string& path);
  // NetCDF-4, an existing file is emptied; nothing is filled in, the caller writes every value.
  static NetcdfFile create(const std::string& path);
  NetcdfFile(NetcdfFile&& other) noexcept;
  NetcdfFile& operator=(NetcdfFile&&) = delete;
  ~NetcdfFile();  // closes and ignores errors: call close() where they matter
  // What was written is on the disk.
  void close();
  // Whether some file could not be closed. Then the process must not end with exit(), where libhdf5
  // tries once more and crashes.
  static bool is_any_left_open();

  const std::string& path() const { return path_; }
  int root() const { return id_; }

  // Definition. `group` is root() or the result of define_group / find_group.
  int define_group(const std::string& name);
  int define_dimension(int group, const std::string& name, std::size_t length);  // length > 0
  // Contiguous storage, no fill.
  int define_variable(int group, const std::string& name, nc_type type,
                      std::span<const int> dimensions);
  void put_text(int group, int variable, const std::string& name, std::string_view text);
  template <class T>
  void put_values(int group, int variable, const std::string& name, std::span<const T> values) {
    check(nc_put_att(group, variable, name.c_str(), netcdf_type<T>(), values.size(), values.data()),
          "nc_put_att", name);
  }
  template <class T>
  void put_value(int group, int variable, const std::string& name, T value) {
    put_values<T>(group, variable, name, std::span<const T>(&value, 1));
  }
  void copy_attribute(const NetcdfFile& from, int from_group, int from_variable, int group,
                      int variable, const std::string& name);
  void end_definitions();

  // Data; the memory holds values of the variable's own type.
  void write(int group, int variable, const Slab& slab, const void* data);
  void write_strings(int group, int variable, const Slab& slab, std::span<const std::string> text);
  void read(int group, int variable, const Slab& slab, void* data) const;
  std::vector<std::string> read_strings(int group, int variable, const Slab& slab) const;

  // Inquiry.
  struct Group {
    int id = -1;
    std::string name;
  };
  std::vector<Group> groups() const;                         // of the root, by name
  std::vector<NetcdfDimension> dimensions(int group) const;  // of that group alone, in their order
  std::vector<NetcdfVariable> variables(int group) const;    // in the order of their definition
  std::vector<std::string> attributes(int group, int variable) const;
  int find_group(const std::string& name) const;                           // throws if absent
  NetcdfVariable find_variable(int group, const std::string& name) const;  // throws if absent
  // Its values lie in the file as they are, in one piece.
  bool is_contiguous(int group, const NetcdfVariable& variable) const;
  bool has_variable(int group, const std::string& name) const;
  std::string text(int group, int variable, const std::string& name) const;  // throws if no text
  // A single number of any type; nothing where it is not there.
  std::optional<double> find_real(int group, const std::string& name) const;
  // A single integer attribute of any integer type; throws if it is not there.
  std::int64_t integer(int group, const std::string& name) const;
  std::uint64_t unsigned_integer(int group, const std::string& name) const;

  // One sentence about this file, as the exception class that fits.
  [[noreturn]] void fail(const std::string& what) const;

 private:
  NetcdfFile(std::string path, int id, bool created);
  int close_guarded();
  void check(int code, const char* call, const std::string& object = "") const;

  std::string path_;
  int id_ = -1;
  bool created_ = false;
  bool is_open_ = true;
  mutable bool has_failed_ = false;  // to be written
};

}  // namespace kgon
