#include "io/train_result_reader.hpp"

#include <fmt/format.h>

#include <limits>
#include <optional>

#include "io/errors.hpp"
#include "io/netcdf_file.hpp"
#include "io/train_records.hpp"

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
  std::vector<double> points;
  RecordSelection last;
  last.choice = RecordChoice::final;
  read_train_records(path, shape, last,
                     [&points](const TrainRecord&, const std::vector<double>& parameters,
                               const std::vector<TrainCellSource>&) {
                       points.insert(points.end(), parameters.begin(), parameters.end());
                     });
  if (points.empty())
    throw UnusableFile(
        fmt::format("{}: every member of it failed, so it has no start points", path));
  return points;
}

}  // namespace kgon
