#include "io/netcdf_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstring>
#include <numeric>
#include <utility>

#include "io/closing_guard.hpp"
#include "io/errors.hpp"
#include "io/in_child.hpp"
#include "io/raw_file.hpp"

namespace kgon {
namespace {

std::atomic<bool> any_left_open{false};

// libnetcdf takes "http://..." and "c:/..." for something else than files.
std::string plain_path(const std::string& path) {
  return path.starts_with('/') ? path : "./" + path;
}

// libhdf5 says no more than that it failed; what the system said is still there.
std::string reason(int code) {
  const int error = errno;
  // What is not there has a code of its own; libhdf5 leaves ENOENT behind where it looks for
  // plugins.
  if (code != NC_EHDFERR || error == 0 || error == ENOENT) return nc_strerror(code);
  return fmt::format("{} ({})", nc_strerror(code), std::strerror(error));
}

// The code of a call, which is made again where a signal has ended it: libhdf5 leaves that to us.
template <class Call>
int unbroken(const Call& call) {
  int code = NC_NOERR;
  do {
    errno = 0;
    code = call();
  } while (code != NC_NOERR && errno == EINTR);
  return code;
}

std::size_t product(const std::vector<std::size_t>& factors) {
  return std::accumulate(factors.begin(), factors.end(), std::size_t{1}, std::multiplies<>());
}

}  // namespace

std::size_t netcdf_type_size(nc_type type) {
  switch (type) {
    case NC_BYTE:
      return 1;
    case NC_SHORT:
      return 2;
    case NC_INT:
    case NC_FLOAT:
      return 4;
    case NC_INT64:
    case NC_UINT64:
    case NC_DOUBLE:
      return 8;
    default:
      return 0;
  }
}

std::size_t Slab::elements() const {
  return product(count);
}

std::vector<std::size_t> NetcdfVariable::shape() const {
  std::vector<std::size_t> lengths;
  for (const NetcdfDimension& dimension : dimensions) lengths.push_back(dimension.length);
  return lengths;
}

std::size_t NetcdfVariable::elements() const {
  return product(shape());
}

NetcdfFile::NetcdfFile(std::string path, int id, bool created)
    : path_(std::move(path)), id_(id), created_(created) {}

NetcdfFile NetcdfFile::open(const std::string& path) {
  note_file_in_hand(path);
  int id = -1;
  const int code = unbroken([&] { return nc_open(plain_path(path).c_str(), NC_NOWRITE, &id); });
  if (code != NC_NOERR) {
    const bool is_there = code != ENOENT && code != EACCES;
    throw UnusableFile(fmt::format("{}: cannot be opened{}: {}", path,
                                   is_there ? " as a NetCDF file, or it is damaged" : "",
                                   reason(code)));
  }
  return {path, id, false};
}

NetcdfFile NetcdfFile::create(const std::string& path) {
  int id = -1;
  const int code =
      unbroken([&] { return nc_create(plain_path(path).c_str(), NC_NETCDF4 | NC_CLOBBER, &id); });
  if (code != NC_NOERR) {
    // libnetcdf says "permission denied" whatever it was.
    const int error = errno;
    throw IoError(fmt::format("{}: cannot be created: {}", path,
                              error != 0 ? std::strerror(error) : nc_strerror(code)));
  }
  NetcdfFile file(path, id, true);
  file.check(nc_set_fill(id, NC_NOFILL, nullptr), "nc_set_fill");
  return file;
}

NetcdfFile::NetcdfFile(NetcdfFile&& other) noexcept
    : path_(std::move(other.path_)),
      id_(other.id_),
      created_(other.created_),
      is_open_(std::exchange(other.is_open_, false)),
      has_failed_(other.has_failed_) {}

NetcdfFile::~NetcdfFile() {
  if (!is_open_) return;
  // Of a file that could not be written libhdf5 would write all the rest, and crash.
  if (has_failed_ || close_guarded() != NC_NOERR) any_left_open = true;
}

int NetcdfFile::close_guarded() {
  is_open_ = false;
  const ClosingGuard guard(path_);
  return nc_close(id_);
}

void NetcdfFile::close() {
  if (!is_open_) return;
  if (created_) {
    // Next to nothing is left to write when it is closed, which is not tried twice.
    check(unbroken([&] { return nc_sync(id_); }), "nc_sync");
    sync_file(path_);
  }
  const int code = close_guarded();
  if (code != NC_NOERR) any_left_open = true;
  check(code, "nc_close");
}

bool NetcdfFile::is_any_left_open() {
  return any_left_open;
}

void NetcdfFile::fail(const std::string& what) const {
  const std::string sentence = path_ + ": " + what;
  if (created_) throw IoError(sentence);
  throw UnusableFile(sentence);
}

void NetcdfFile::check(int code, const char* call, const std::string& object) const {
  if (code == NC_NOERR) {
    errno = 0;  // what the next failure finds there is its own
    return;
  }
  const std::string why = reason(code);
  has_failed_ = created_;
  fail(fmt::format("{}{}{} failed: {}", call, object.empty() ? "" : " of ", object, why));
}

int NetcdfFile::define_group(const std::string& name) {
  int group = -1;
  check(nc_def_grp(id_, name.c_str(), &group), "nc_def_grp", name);
  return group;
}

int NetcdfFile::define_dimension(int group, const std::string& name, std::size_t length) {
  // netCDF would take 0 for "unlimited".
  if (length == 0) fail(fmt::format("dimension {} is empty", name));
  int dimension = -1;
  check(nc_def_dim(group, name.c_str(), length, &dimension), "nc_def_dim", name);
  return dimension;
}

int NetcdfFile::define_variable(int group, const std::string& name, nc_type type,
                                std::span<const int> dimensions) {
  int variable = -1;
  check(nc_def_var(group, name.c_str(), type, static_cast<int>(dimensions.size()),
                   dimensions.data(), &variable),
        "nc_def_var", name);
  if (!dimensions.empty()) {
    check(nc_def_var_chunking(group, variable, NC_CONTIGUOUS, nullptr), "nc_def_var_chunking",
          name);
  }
  return variable;
}

void NetcdfFile::put_text(int group, int variable, const std::string& name, std::string_view text) {
  check(nc_put_att_text(group, variable, name.c_str(), text.size(), text.data()), "nc_put_att_text",
        name);
}

void NetcdfFile::copy_attribute(const NetcdfFile& from, int from_group, int from_variable,
                                int group, int variable, const std::string& name) {
  check(nc_copy_att(from_group, from_variable, name.c_str(), group, variable), "nc_copy_att",
        name + " from " + from.path_);
}

void NetcdfFile::end_definitions() {
  errno = 0;
  int code = nc_enddef(id_);
  // It has ended the definitions even where it fails to write them down, and is not called twice.
  if (code != NC_NOERR && errno == EINTR) code = unbroken([&] { return nc_sync(id_); });
  check(code, "nc_enddef");
}

void NetcdfFile::write(int group, int variable, const Slab& slab, const void* data) {
  check(nc_put_vara(group, variable, slab.start.data(), slab.count.data(), data), "nc_put_vara");
}

void NetcdfFile::write_strings(int group, int variable, const Slab& slab,
                               std::span<const std::string> text) {
  std::vector<const char*> pointers;
  for (const std::string& entry : text) pointers.push_back(entry.c_str());
  check(nc_put_vara_string(group, variable, slab.start.data(), slab.count.data(), pointers.data()),
        "nc_put_vara_string");
}

void NetcdfFile::read(int group, int variable, const Slab& slab, void* data) const {
  check(nc_get_vara(group, variable, slab.start.data(), slab.count.data(), data), "nc_get_vara");
}

std::vector<std::string> NetcdfFile::read_strings(int group, int variable, const Slab& slab) const {
  std::vector<char*> pointers(slab.elements(), nullptr);
  check(nc_get_vara_string(group, variable, slab.start.data(), slab.count.data(), pointers.data()),
        "nc_get_vara_string");
  std::vector<std::string> text;
  for (const char* pointer : pointers) text.emplace_back(pointer == nullptr ? "" : pointer);
  nc_free_string(pointers.size(), pointers.data());
  return text;
}

std::vector<NetcdfFile::Group> NetcdfFile::groups() const {
  int count = 0;
  check(nc_inq_grps(id_, &count, nullptr), "nc_inq_grps");
  std::vector<int> ids(static_cast<std::size_t>(count));
  check(nc_inq_grps(id_, nullptr, ids.data()), "nc_inq_grps");
  std::vector<Group> result;
  for (const int group : ids) {
    std::array<char, NC_MAX_NAME + 1> name{};
    check(nc_inq_grpname(group, name.data()), "nc_inq_grpname");
    result.push_back({group, name.data()});
  }
  std::ranges::sort(result, {}, &Group::name);
  return result;
}

std::vector<NetcdfDimension> NetcdfFile::dimensions(int group) const {
  int count = 0;
  check(nc_inq_dimids(group, &count, nullptr, 0), "nc_inq_dimids");
  std::vector<int> ids(static_cast<std::size_t>(count));
  check(nc_inq_dimids(group, nullptr, ids.data(), 0), "nc_inq_dimids");
  std::vector<NetcdfDimension> result;
  for (const int dimension : ids) {
    std::array<char, NC_MAX_NAME + 1> name{};
    std::size_t length = 0;
    check(nc_inq_dim(group, dimension, name.data(), &length), "nc_inq_dim");
    result.push_back({dimension, name.data(), length});
  }
  return result;
}

std::vector<NetcdfVariable> NetcdfFile::variables(int group) const {
  int count = 0;
  check(nc_inq_nvars(group, &count), "nc_inq_nvars");
  std::vector<NetcdfVariable> result;
  for (int id = 0; id < count; ++id) {
    std::array<char, NC_MAX_NAME + 1> name{};
    std::array<int, NC_MAX_VAR_DIMS> ids{};
    NetcdfVariable variable;
    int rank = 0;
    variable.id = id;
    check(nc_inq_var(group, id, name.data(), &variable.type, &rank, ids.data(), nullptr),
          "nc_inq_var");
    variable.name = name.data();
    for (int d = 0; d < rank; ++d) {
      std::size_t length = 0;
      const int dimension = ids[static_cast<std::size_t>(d)];
      check(nc_inq_dim(group, dimension, name.data(), &length), "nc_inq_dim");
      variable.dimensions.push_back({dimension, name.data(), length});
    }
    result.push_back(std::move(variable));
  }
  return result;
}

std::vector<std::string> NetcdfFile::attributes(int group, int variable) const {
  int count = 0;
  check(variable == NC_GLOBAL ? nc_inq_natts(group, &count)
                              : nc_inq_varnatts(group, variable, &count),
        "nc_inq_natts");
  std::vector<std::string> result;
  for (int i = 0; i < count; ++i) {
    std::array<char, NC_MAX_NAME + 1> name{};
    check(nc_inq_attname(group, variable, i, name.data()), "nc_inq_attname");
    result.emplace_back(name.data());
  }
  return result;
}

int NetcdfFile::find_group(const std::string& name) const {
  int group = -1;
  if (nc_inq_ncid(id_, name.c_str(), &group) != NC_NOERR) {
    fail(fmt::format("it has no group {}", name));
  }
  return group;
}

NetcdfVariable NetcdfFile::find_variable(int group, const std::string& name) const {
  for (NetcdfVariable& variable : variables(group)) {
    if (variable.name == name) return std::move(variable);
  }
  fail(fmt::format("it has no variable {}", name));
}

bool NetcdfFile::is_contiguous(int group, const NetcdfVariable& variable) const {
  int storage = NC_CHUNKED;
  std::vector<std::size_t> chunks(variable.dimensions.size());
  check(nc_inq_var_chunking(group, variable.id, &storage, chunks.data()), "nc_inq_var_chunking",
        variable.name);
  return storage != NC_CHUNKED;
}

bool NetcdfFile::has_variable(int group, const std::string& name) const {
  int id = -1;
  return nc_inq_varid(group, name.c_str(), &id) == NC_NOERR;
}

std::string NetcdfFile::text(int group, int variable, const std::string& name) const {
  nc_type type = NC_NAT;
  std::size_t length = 0;
  if (nc_inq_att(group, variable, name.c_str(), &type, &length) != NC_NOERR || type != NC_CHAR) {
    fail(fmt::format("it has no attribute {} (is it a kgon result?)", name));
  }
  std::string value(length, '\0');
  if (length > 0) {
    check(nc_get_att_text(group, variable, name.c_str(), value.data()), "nc_get_att_text", name);
  }
  return value;
}

std::optional<double> NetcdfFile::find_real(int group, const std::string& name) const {
  nc_type type = NC_NAT;
  std::size_t length = 0;
  double value = 0;
  if (nc_inq_att(group, NC_GLOBAL, name.c_str(), &type, &length) != NC_NOERR || length != 1 ||
      netcdf_type_size(type) == 0)
    return std::nullopt;
  check(nc_get_att_double(group, NC_GLOBAL, name.c_str(), &value), "nc_get_att_double", name);
  return value;
}

std::int64_t NetcdfFile::integer(int group, const std::string& name) const {
  std::size_t length = 0;
  long long value = 0;
  if (nc_inq_attlen(group, NC_GLOBAL, name.c_str(), &length) != NC_NOERR || length != 1) {
    fail(fmt::format("it has no attribute {} (is it a kgon result?)", name));
  }
  check(nc_get_att_longlong(group, NC_GLOBAL, name.c_str(), &value), "nc_get_att", name);
  return value;
}

std::uint64_t NetcdfFile::unsigned_integer(int group, const std::string& name) const {
  std::size_t length = 0;
  unsigned long long value = 0;
  if (nc_inq_attlen(group, NC_GLOBAL, name.c_str(), &length) != NC_NOERR || length != 1) {
    fail(fmt::format("it has no attribute {} (is it a kgon result?)", name));
  }
  check(nc_get_att_ulonglong(group, NC_GLOBAL, name.c_str(), &value), "nc_get_att", name);
  return value;
}

}  // namespace kgon
