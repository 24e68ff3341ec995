// What one `train` run is: the contract between the study reader, the engine and the back ends.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "kgon/core/choices.hpp"
#include "kgon/model/tms/phase.hpp"

namespace kgon {

// Shape of W: hidden x features; the bias has `features` entries.
struct ModelShape {
  int hidden = 2;
  int features = 6;
  // W row by row (hidden x features), then b.
  int parameter_count() const { return hidden * features + features; }
  bool operator==(const ModelShape&) const = default;
};

enum class Precision : std::uint8_t { float32, float64 };
// Which records keep their parameters in the result file.
enum class KeepParameters : std::uint8_t { none, final, all };

// One point of the sweep. All members of a cell share these settings.
struct TrainCell {
  std::string init;              // as written in the study: label, `random` or a file
  std::string settings;          // canonical `key=value;...`, the text behind `key`
  std::uint64_t key = 0;         // Philox key of the cell: hash(settings) and the seed
  std::vector<double> start;     // [points, parameters]; member m starts at m % points
  double start_noise = 0.01;     // standard deviation added to every parameter
  double init_scale = 0;         // as in the study, for the result file (random only)
  double dead_bias = 0;          // as in the study, for the result file
  std::uint32_t samples = 1000;  // n, 1..2^27
  std::uint32_t batch = 20;      // 1..samples
  double learning_rate = 0.005;
  double epochs = 4500;
  Dataset dataset = Dataset::own;
  Batching batching = Batching::shuffle;
  std::uint64_t steps = 0;
  std::vector<std::uint64_t> record_steps;  // strictly ascending, from 0 to `steps`
  std::uint64_t classify_every = 100;       // steps between two looks at the phase
};

// A contiguous range of the members of one cell: first, first+1, ..., first+count-1.
struct MemberRange {
  std::uint32_t cell = 0;
  std::uint64_t first = 0;
  std::uint64_t count = 0;
};

struct TrainPlan {
  ModelShape shape;
  Precision precision = Precision::float32;
  std::uint64_t trajectories = 0;  // members per cell in the whole study
  std::uint64_t first = 0;         // this shard: members first..first+count-1 of each cell
  std::uint64_t count = 0;
  KeepParameters keep = KeepParameters::all;
  std::vector<TrainCell> cells;
  tms::PhaseLevels levels;
};

}  // namespace kgon
