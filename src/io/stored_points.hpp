// Reading W and b out of NetCDF files: what results and files of points have in common.
#pragma once

#include <initializer_list>
#include <string>
#include <vector>

#include "io/netcdf_file.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

// The variable; the file fails where its type or shape is another. Checked before a slab of it is
// read into memory of that size.
NetcdfVariable expect_variable(const NetcdfFile& file, int group, const std::string& name,
                               std::initializer_list<nc_type> types,
                               const std::vector<std::size_t>& shape);

// Values of a float or double variable as doubles; `values` takes the size of the slab.
void read_doubles(const NetcdfFile& file, int group, const NetcdfVariable& variable,
                  const Slab& slab, std::vector<double>& values);

// Points that lie one after the other in weights: [points, hidden, feature] and
// biases: [points, feature], as rows of parameters: W row by row, then b.
class PointRows {
 public:
  explicit PointRows(const ModelShape& shape);
  // `leading`: the slab of the dimensions before hidden and feature. Memory: that of the slab.
  void read(const NetcdfFile& file, int group, const NetcdfVariable& weights,
            const NetcdfVariable& biases, const Slab& leading);
  std::size_t count() const { return count_; }
  // [parameters]; valid until the next call of read() or row().
  const std::vector<double>& row(std::size_t point);

 private:
  const std::size_t hidden_, features_;
  std::size_t count_ = 0;
  std::vector<double> weights_, biases_, row_;
};

}  // namespace kgon
