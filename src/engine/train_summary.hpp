// What a `train` run came to, cell by cell, without keeping its members.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kgon/core/status.hpp"
#include "kgon/engine/train_block.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

// How often members went from one plateau to another, how many of them, and when they arrived for
// the first time (first passage, in SGD steps).
struct TransitionSummary {
  std::string from, to;
  std::uint64_t count = 0;    // a member may go the same way again
  std::uint64_t members = 0;  // members that did
  std::uint64_t step_min = 0, step_max = 0;
  std::uint64_t step_sum = 0;  // over members; exact below 2^64 member-steps
  double step_mean() const {
    return members == 0 ? 0 : static_cast<double>(step_sum) / static_cast<double>(members);
  }
};

// The failed member with the smallest index.
struct FirstFailure {
  std::uint64_t member = 0;
  std::uint64_t step = 0;  // first step that failed
  MemberStatus cause = MemberStatus::ok;
};

// Everything but `members` and the failures counts only members that reached the end with status
// ok: members = finished + failed().
struct CellSummary {
  std::string init;  // as in the study
  std::uint64_t members = 0;
  std::uint64_t steps = 0;  // per member
  std::uint64_t finished = 0;
  std::map<std::string, std::uint64_t> final_phases;  // label of the last record -> members
  std::map<std::string, std::uint64_t> visited;  // members that were on the plateau at least once
  std::vector<TransitionSummary> transitions;    // most frequent first, then by label
  std::uint64_t on_plateau = 0;                  // members whose last record is on a plateau
  std::uint64_t overflowed = 0;                  // members with more than max_visits arrivals
  std::uint64_t non_finite = 0, diverged = 0;    // failed members by cause
  std::optional<FirstFailure> first_failure;

  std::uint64_t failed() const { return non_finite + diverged; }
  // Of the finished members; 0 where there are none.
  double on_plateau_fraction() const {
    return finished == 0 ? 0 : static_cast<double>(on_plateau) / static_cast<double>(finished);
  }
};

// Adds blocks up in integers, so the order of the blocks does not matter. Not thread-safe.
class TrainSummary {
 public:
  explicit TrainSummary(const TrainPlan& plan);

  // `block` covers whole members, all records. Memory does not grow with members.
  void add(const TrainBlock& block);

  // In the order of the plan's cells.
  std::vector<CellSummary> cells() const;
  // Over all cells.
  std::uint64_t members() const;
  std::uint64_t failed() const;

 private:
  struct Arrivals {
    std::uint64_t count = 0, members = 0, min = 0, max = 0, sum = 0;
  };
  struct Cell {
    CellSummary counts;  // labels and transitions are filled in by cells()
    std::size_t records = 0;
    std::map<tms::PhaseCode, std::uint64_t> final_phases, visited;
    std::map<std::pair<tms::PhaseCode, tms::PhaseCode>, Arrivals> transitions;
  };

  static void add_failure(CellSummary& counts, const FirstFailure& failure);
  static void add_visits(Cell& cell, const TrainBlock& block, std::size_t row);

  std::vector<Cell> cells_;
};

}  // namespace kgon
