#include "io/stored_points.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kgon {

NetcdfVariable expect_variable(const NetcdfFile& file, int group, const std::string& name,
                               std::initializer_list<nc_type> types,
                               const std::vector<std::size_t>& shape) {
  NetcdfVariable variable = file.find_variable(group, name);
  if (std::ranges::find(types, variable.type) == types.end() || variable.shape() != shape) {
    file.fail(fmt::format("its variable {} has another type or shape than kgon writes", name));
  }
  return variable;
}

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

PointRows::PointRows(const ModelShape& shape)
    : hidden_(static_cast<std::size_t>(shape.hidden)),
      features_(static_cast<std::size_t>(shape.features)) {}

void PointRows::read(const NetcdfFile& file, int group, const NetcdfVariable& weights,
                     const NetcdfVariable& biases, const Slab& leading) {
  const auto with = [&leading](std::initializer_list<std::size_t> lengths) {
    Slab slab = leading;
    slab.start.insert(slab.start.end(), lengths.size(), 0);
    slab.count.insert(slab.count.end(), lengths);
    return slab;
  };
  count_ = leading.elements();
  read_doubles(file, group, weights, with({hidden_, features_}), weights_);
  read_doubles(file, group, biases, with({features_}), biases_);
}

const std::vector<double>& PointRows::row(std::size_t point) {
  const auto append = [&](const std::vector<double>& values, std::size_t length) {
    const auto begin = values.begin() + static_cast<std::ptrdiff_t>(point * length);
    row_.insert(row_.end(), begin, begin + static_cast<std::ptrdiff_t>(length));
  };
  row_.clear();
  append(weights_, hidden_ * features_);
  append(biases_, features_);
  return row_;
}

}  // namespace kgon
