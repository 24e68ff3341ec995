// The records of a `train` result that keep their parameters, one by one.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "kgon/core/choices.hpp"
#include "kgon/core/phase_code.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

enum class RecordChoice : std::uint8_t {
  all,
  final,    // the last one of each trajectory
  plateau,  // those that lie on a plateau
};

// Which records to read.
struct RecordSelection {
  RecordChoice choice = RecordChoice::all;
  std::optional<PhaseCode> phase;  // only records with this label
  std::uint64_t every = 1;         // of a trajectory's records chosen so far: first, 1 + every, ...
  std::uint64_t trajectories = 0;  // the first so many of each cell in the file; 0: all
  std::optional<std::uint64_t> record;      // only the one with this index
  std::optional<std::uint64_t> trajectory;  // only this one, as counted in the whole study
};

// What the file says of a cell.
struct TrainCellSource {
  std::uint64_t key = 0;      // Philox key of the cell
  std::uint32_t samples = 0;  // n; 1 for the population
  Dataset dataset = Dataset::own;
};

struct TrainRecord {
  std::uint32_t cell = 0;
  std::uint64_t trajectory = 0;  // in the whole study
  std::size_t record = 0;
  std::int64_t step = 0;
};

struct TrainRecordCounts {
  std::uint64_t visited = 0;
  std::uint64_t failed = 0;  // left out: chosen, but the member had failed by then
};

// Calls visit(record, parameters: [P], cells) for the chosen records, cell by cell, trajectory by
// trajectory, in ascending records. Memory does not grow with trajectories. UnusableFile for a
// missing, truncated or foreign file, another shape, or parameters that were not kept.
TrainRecordCounts read_train_records(
    const std::string& path, const ModelShape& shape, const RecordSelection& selection,
    const std::function<void(const TrainRecord&, const std::vector<double>&,
                             const std::vector<TrainCellSource>&)>& visit);

}  // namespace kgon
