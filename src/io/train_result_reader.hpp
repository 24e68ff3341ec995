// Reads `train` results back.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "io/train_schema.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

struct TrainResultInfo {
  ResultMetadata metadata;
  std::string created_at;
  ModelShape shape;
  Precision precision = Precision::float32;
  KeepParameters keep = KeepParameters::none;
  std::uint64_t trajectories = 0;      // members per cell in the whole study
  std::uint64_t first = 0, count = 0;  // of this file
  std::size_t cells = 0;
};

// Attributes and sizes alone. UnusableFile, one sentence, for a missing, truncated or foreign file.
TrainResultInfo read_train_info(const std::string& path);

// Start points for `init = FILE.nc`: the last kept parameters of every member whose last status is
// ok, cell by cell, as [points, parameters], W row by row, then b. UnusableFile as above and for a
// file of another shape, without parameters, or in which every member failed.
std::vector<double> read_start_points(const std::string& path, const ModelShape& shape);

}  // namespace kgon
