#include "io/point_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "io/netcdf_file.hpp"
#include "io/slabs.hpp"
#include "io/stored_points.hpp"
#include "io/train_schema.hpp"

namespace kgon {
namespace {

constexpr std::size_t points_at_once = 4096;

bool is_real(const NetcdfVariable& variable) {
  return variable.type == NC_FLOAT || variable.type == NC_DOUBLE;
}

NetcdfVariable find_real(const NetcdfFile& file, const std::string& name) {
  if (!file.has_variable(file.root(), name))
    file.fail(
        fmt::format("is neither a train result nor a file of points: it has no variable {}", name));
  NetcdfVariable variable = file.find_variable(file.root(), name);
  if (!is_real(variable)) file.fail(fmt::format("its variable {} is not float or double", name));
  return variable;
}

// The shape of the dimensions before those of a point.
std::vector<std::size_t> leading_shape(const NetcdfFile& file, const ModelShape& shape,
                                       const NetcdfVariable& weights,
                                       const NetcdfVariable& biases) {
  const auto hidden = static_cast<std::size_t>(shape.hidden);
  const auto features = static_cast<std::size_t>(shape.features);
  std::vector<std::size_t> of_weights = weights.shape(), of_biases = biases.shape();
  const auto ends_with = [](std::vector<std::size_t>& lengths, std::vector<std::size_t> end) {
    if (lengths.size() < end.size() || !std::equal(end.rbegin(), end.rend(), lengths.rbegin()))
      return false;
    lengths.resize(lengths.size() - end.size());
    return true;
  };
  if (!ends_with(of_weights, {hidden, features}) || !ends_with(of_biases, {features}) ||
      of_weights != of_biases)
    file.fail(fmt::format(
        "its variables are not W (..., hidden = {0}, feature = {1}) and "
        "b (..., feature = {1}): W has the shape ({2}), b ({3})",
        hidden, features, fmt::join(weights.shape(), ", "), fmt::join(biases.shape(), ", ")));
  return of_weights;
}

void check_finite(const NetcdfFile& file, const std::vector<double>& parameters,
                  std::size_t point) {
  for (const double value : parameters)
    if (!std::isfinite(value)) file.fail(fmt::format("its point {} is not finite", point));
}

}  // namespace

bool is_train_result(const std::string& path) {
  const NetcdfFile file = NetcdfFile::open(path);
  return std::ranges::count(file.groups(), train_group, &NetcdfFile::Group::name) > 0;
}

std::vector<double> read_point_file(const std::string& path, const ModelShape& shape,
                                    std::uint64_t max_points) {
  const NetcdfFile file = NetcdfFile::open(path);
  const NetcdfVariable weights = find_real(file, "W"), biases = find_real(file, "b");
  const std::vector<std::size_t> leading = leading_shape(file, shape, weights, biases);
  std::uint64_t count = 1;
  for (const std::size_t length : leading)
    if (__builtin_mul_overflow(count, length, &count)) count = max_points + 1;
  if (count == 0) file.fail("holds no points");
  if (count > max_points) file.fail(fmt::format("holds more than {} points", max_points));
  std::vector<double> points;
  PointRows rows(shape);
  std::size_t next = 0;
  for_each_slab(leading, points_at_once, [&](const Slab& slab) {
    rows.read(file, file.root(), weights, biases, slab);
    for (std::size_t i = 0; i < rows.count(); ++i) {
      const std::vector<double>& parameters = rows.row(i);
      check_finite(file, parameters, next++);
      points.insert(points.end(), parameters.begin(), parameters.end());
    }
  });
  return points;
}

}  // namespace kgon
