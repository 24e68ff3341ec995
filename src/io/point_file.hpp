// Files of points: W (..., hidden, feature) and b (..., feature), written by anybody.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kgon/engine/train_plan.hpp"

namespace kgon {

// Whether the file is a `train` result. UnusableFile where it cannot be opened as NetCDF.
bool is_train_result(const std::string& path);

// All points of the file as [points, parameters], W row by row, then b. The dimensions of W before
// the last two and those of b before the last one must be alike; they are flattened, the last one
// running fastest. UnusableFile, one sentence, where W or b is missing, has another type than float
// or double or another shape, holds no point or more than `max_points`, or is not finite.
std::vector<double> read_point_file(const std::string& path, const ModelShape& shape,
                                    std::uint64_t max_points);

}  // namespace kgon
