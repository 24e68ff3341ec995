#include "io/train_result_reader.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "io/errors.hpp"
#include "io/netcdf_file.hpp"
#include "kgon/core/status.hpp"

namespace kgon {
namespace {

int train_group_of(const NetcdfFile& file) {
  file.text(file.root(), NC_GLOBAL, "kgon_version");  // else it is not ours
  return file.find_group(train_group);
}

// A positive root attribute that fits an int.
int small_integer(const NetcdfFile& file, const std::string& name) {
  const std::int64_t value = file.integer(file.root(), name);
  if (value < 1 || value > std::numeric_limits<std::int16_t>::max()) {
    file.fail(fmt::format("its attribute {} = {} is out of range", name, value));
  }
  return static_cast<int>(value);
}

ModelShape shape_of(const NetcdfFile& file) {
  return {small_integer(file, "hidden"), small_integer(file, "features")};
}

KeepParameters keep_of(const NetcdfFile& file, int group) {
  if (file.has_variable(group, "W")) return KeepParameters::all;
  return file.has_variable(group, "W_final") ? KeepParameters::final : KeepParameters::none;
}

// The shape of a variable is checked before a slab of it is read into memory of that size.
NetcdfVariable expect(const NetcdfFile& file, int group, const std::string& name,
                      std::initializer_list<nc_type> types, const std::vector<std::size_t>& shape) {
  NetcdfVariable variable = file.find_variable(group, name);
  if (std::ranges::find(types, variable.type) == types.end() || variable.shape() != shape) {
    file.fail(fmt::format("its variable {} has another type or shape than kgon writes", name));
  }
  return variable;
}

// Values of a float or double variable as doubles.
void read_doubles(const NetcdfFile& file, int group, const NetcdfVariable& variable,
                  const Slab& slab, std::vector<double>& values) {
  values.resize(slab.elements());
  if (variable.type == NC_DOUBLE) {
    file.read(group, variable.id, slab, values.data());
    return;
  }
  std::vector<float> narrow(values.size());
  file.read(group, variable.id, slab, narrow.data());
  std::ranges::copy(narrow, values.begin());
}

class StartPoints {
 public:
  StartPoints(const NetcdfFile& file, int group, const ModelShape& shape);
  std::vector<double> read();

 private:
  void read_members(std::size_t cell, std::size_t first, std::size_t count, std::size_t last);

  static constexpr std::size_t members_at_once = 4096;
  const NetcdfFile& file_;
  const int group_;
  const ModelShape shape_;
  const bool all_;
  std::size_t cells_, members_, width_;
  NetcdfVariable records_, status_, weights_, bias_;
  std::vector<double> points_;
};

StartPoints::StartPoints(const NetcdfFile& file, int group, const ModelShape& shape)
    : file_(file), group_(group), shape_(shape), all_(file.has_variable(group, "W")) {
  status_ = file.find_variable(group, "status");
  if (status_.dimensions.size() != 3) file.fail("its variable status has not three dimensions");
  cells_ = status_.dimensions[0].length;
  members_ = status_.dimensions[1].length;
  width_ = status_.dimensions[2].length;
  expect(file, group, "status", {NC_BYTE}, {cells_, members_, width_});
  records_ = expect(file, group, "records", {NC_INT64}, {cells_});
  const auto hidden = static_cast<std::size_t>(shape.hidden);
  const auto features = static_cast<std::size_t>(shape.features);
  std::vector<std::size_t> bias = {cells_, members_};
  if (all_) bias.push_back(width_);
  std::vector<std::size_t> weights = bias;
  weights.insert(weights.end(), {hidden, features});
  bias.push_back(features);
  weights_ = expect(file, group, all_ ? "W" : "W_final", {NC_FLOAT, NC_DOUBLE}, weights);
  bias_ = expect(file, group, all_ ? "b" : "b_final", {NC_FLOAT, NC_DOUBLE}, bias);
}

std::vector<double> StartPoints::read() {
  std::vector<std::int64_t> records(cells_);
  file_.read(group_, records_.id, {{0}, {cells_}}, records.data());
  for (std::size_t cell = 0; cell < cells_; ++cell) {
    if (records[cell] < 1 || static_cast<std::size_t>(records[cell]) > width_) {
      file_.fail("its variable records is out of range");
    }
    for (std::size_t first = 0; first < members_; first += members_at_once) {
      read_members(cell, first, std::min(members_at_once, members_ - first),
                   static_cast<std::size_t>(records[cell]) - 1);
    }
  }
  if (points_.empty()) file_.fail("every member of it failed, so it has no start points");
  return std::move(points_);
}

void StartPoints::read_members(std::size_t cell, std::size_t first, std::size_t count,
                               std::size_t last) {
  const auto hidden = static_cast<std::size_t>(shape_.hidden);
  const auto features = static_cast<std::size_t>(shape_.features);
  std::vector<std::int8_t> status(count);
  file_.read(group_, status_.id, {{cell, first, last}, {1, count, 1}}, status.data());
  Slab bias{{cell, first}, {1, count}};
  const auto add = [](Slab& slab, std::size_t start, std::size_t length) {
    slab.start.push_back(start);
    slab.count.push_back(length);
  };
  if (all_) add(bias, last, 1);
  Slab weights = bias;
  add(weights, 0, hidden);
  add(weights, 0, features);
  add(bias, 0, features);
  std::vector<double> w, b;
  read_doubles(file_, group_, weights_, weights, w);
  read_doubles(file_, group_, bias_, bias, b);
  for (std::size_t m = 0; m < count; ++m) {
    if (status[m] != static_cast<std::int8_t>(MemberStatus::ok)) continue;
    const auto row = [m](const std::vector<double>& values, std::size_t length) {
      return values.begin() + static_cast<std::ptrdiff_t>(m * length);
    };
    points_.insert(points_.end(), row(w, hidden * features),
                   row(w, hidden * features) + static_cast<std::ptrdiff_t>(hidden * features));
    points_.insert(points_.end(), row(b, features),
                   row(b, features) + static_cast<std::ptrdiff_t>(features));
  }
}

}  // namespace

TrainResultInfo read_train_info(const std::string& path) {
  const NetcdfFile file = NetcdfFile::open(path);
  const int group = train_group_of(file);
  const int root = file.root();
  const auto text = [&](const char* name) { return file.text(root, NC_GLOBAL, name); };
  TrainResultInfo info;
  info.metadata = {text("study"),  text("study_hash"), text("kgon_version"),
                   text("device"), text("command"),    file.unsigned_integer(root, "seed")};
  info.created_at = text("created_at");
  info.shape = shape_of(file);
  info.precision = text("precision") == "double" ? Precision::float64 : Precision::float32;
  info.keep = keep_of(file, group);
  info.trajectories = file.unsigned_integer(root, "trajectories");
  info.first = file.unsigned_integer(root, "shard_first");
  info.count = file.unsigned_integer(root, "shard_count");
  info.cells = file.find_variable(group, "init").elements();
  return info;
}

std::vector<double> read_start_points(const std::string& path, const ModelShape& shape) {
  const NetcdfFile file = NetcdfFile::open(path);
  const int group = train_group_of(file);
  const ModelShape found = shape_of(file);
  if (!(found == shape)) {
    file.fail(
        fmt::format("its points have hidden = {}, features = {}, not hidden = {}, features = {}",
                    found.hidden, found.features, shape.hidden, shape.features));
  }
  if (keep_of(file, group) == KeepParameters::none) {
    file.fail("it has no parameters to start from: it was written with keep-parameters none");
  }
  return StartPoints(file, group, shape).read();
}

}  // namespace kgon
