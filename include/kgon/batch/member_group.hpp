// A group of members as arrays: what a device holds of them.
#pragma once

#include "kgon/batch/cell_settings.hpp"
#include "kgon/batch/member_log.hpp"
#include "kgon/batch/schedule.hpp"

namespace kgon {

// What the members of a cell share.
template <class Model>
struct GroupCell {
  CellSettings settings;
  Schedule schedule;
  const double* start_points;           // [start_points, parameters]
  const std::uint32_t* shared_samples;  // [n] in drawing order; null unless dataset == shared
  typename Model::SortedData sorted;
};

// A group of members and their state, P = parameters. Members are flattened over the cells: flat
// index f is member first_member + f % members_per_cell of cell f / members_per_cell.
template <class Model, class Real>
struct MemberGroup {
  const GroupCell<Model>* cells;
  const typename Model::Levels* levels;
  std::uint64_t members_per_cell;
  std::uint64_t first_member;
  std::uint64_t first;  // flat index of slot 0
  std::uint32_t count;
  std::uint32_t steps_per_launch;  // at most; bounds the time of a launch, not what it computes

  Real* parameters;            // [P, count]
  std::uint64_t* step;         // [count] past the last one once that is observed
  std::uint32_t* next_record;  // [count]
  MemberStatus* status;        // [count]
  std::uint64_t* failed_step;  // [count] steps + 1 if none
  PhaseCode* last_phase;       // [count]
  MemberLog<Real> log;         // entry m is slot m

  KGON_FUNCTION const GroupCell<Model>& cell(std::uint32_t slot) const {
    return cells[(first + slot) / members_per_cell];
  }
  KGON_FUNCTION std::uint64_t member(std::uint32_t slot) const {
    return first_member + (first + slot) % members_per_cell;
  }
};

}  // namespace kgon
