// The layout of a `train` result: group `sgd`, critical_points_group.hpp's and the attributes of
// the root.
//
// Dimensions: cell, trajectory (the members of the shard), record, visit, hidden, feature, level.
// A cell with fewer records than the widest has its rows padded: NaN in floating point, -1 in
// `step` and `status`, `no_record` in phases, 0 in `on_plateau`; `records(cell)` says how many
// count.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "io/result_metadata.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

class NetcdfFile;

inline constexpr const char* train_group = train_axis.group;
inline constexpr tms::PhaseCode phase_no_record = -2;  // padding of phase and hull_phase
inline constexpr std::int8_t status_no_record = -1;    // padding of status
inline constexpr std::int64_t no_step = -1;            // no record, no failure, no visit

// Identifiers of the variables that are written member by member; -1 where the file has none.
struct TrainVariables {
  int group = -1;
  int training_loss = -1, population_loss = -1, gradient_norm = -1;
  int phase = -1, hull_phase = -1, negative_biases = -1, on_plateau = -1, status = -1;
  int failed_step = -1, visits = -1, visit_phase = -1, visit_step = -1;
  int weights = -1, bias = -1;
};

// Length of the dimension `record`.
std::size_t widest_record_count(const TrainPlan& plan);
// Bytes of one member of the file, and a generous bound of the whole file.
std::uint64_t train_member_bytes(const TrainPlan& plan);
std::uint64_t train_file_bytes(const TrainPlan& plan, const ResultMetadata& metadata);

// Defines everything in a new file and writes all that does not depend on members: coordinates,
// settings of the cells, levels of the catalogue. IoError.
TrainVariables define_train_result(NetcdfFile& file, const TrainPlan& plan,
                                   const ResultMetadata& metadata);

}  // namespace kgon
