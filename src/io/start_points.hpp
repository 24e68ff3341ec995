// Where trajectories start: labels, `random`, earlier results and files of points.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "io/study.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

struct StartPoint {
  std::string canonical;          // for the cell's settings; a file counts by its points
  std::vector<double> points;     // [points, parameters]; zeros for `random`
  bool has_dead_columns = false;  // dead-bias counts
};

// The standard point of a phase label, [parameters]. Throws UsageError that points to `setting` for
// a text that is no label or a label that this model has not.
std::vector<double> label_point(const Setting& setting, const std::string& label, ModelShape shape,
                                double dead_bias);

// Each start is solved or read once, whatever the number of cells.
class StartPoints {
 public:
  // `init` says where the starts were written, for errors; it must live longer.
  StartPoints(const Setting& init, ModelShape shape) : setting_(init), shape_(shape) {}

  // `init` as in the study. Throws UsageError for a label that this model has not, UnusableFile.
  const StartPoint& at(const std::string& init, double dead_bias);

 private:
  StartPoint make(const std::string& init, double dead_bias) const;
  StartPoint from_file(const std::string& path) const;

  const Setting& setting_;
  const ModelShape shape_;
  std::map<std::pair<std::string, double>, StartPoint> starts_;
};

}  // namespace kgon
