// Points out of files that anybody may have written: read in a process of its own (see in_child).
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "io/train_records.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

// Whether the file is a `train` result. UnusableFile.
bool is_foreign_train_result(const std::string& path);

// The points of a train result (read_start_points) or of a file of points (read_point_file).
// UnusableFile.
std::vector<double> read_foreign_points(const std::string& path, const ModelShape& shape,
                                        std::uint64_t max_points);

// As read_train_records.
TrainRecordCounts read_foreign_records(
    const std::string& path, const ModelShape& shape, const RecordSelection& selection,
    const std::function<void(const TrainRecord&, const std::vector<double>&,
                             const std::vector<TrainCellSource>&)>& visit);

}  // namespace kgon
