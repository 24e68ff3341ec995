// Finished members: what a back end hands to the engine.
#pragma once

#include <cstdint>
#include <vector>

#include "kgon/core/status.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

// The phases a member visited on a plateau, in order: entry i is the i-th arrival at a plateau
// whose label differs from the one before. `from -> to` transitions are consecutive entries.
inline constexpr int max_visits = 32;

// Bytes of a record without its parameters and of an entry of the list of visits, the same in a
// block, on a device and in the result file.
inline constexpr std::uint64_t record_bytes = 8 + 8 + 4 + 2 + 2 + 1 + 1 + 1;
inline constexpr std::uint64_t visit_bytes = 2 + 8;

// Members range.first .. range.first+range.count-1 of one cell, complete from step 0 to the end.
// R = records of the cell, P = parameters.
struct TrainBlock {
  MemberRange range;
  std::vector<double> training_loss;         // [count, R] exact loss on the member's data set
  std::vector<double> population_loss;       // [count, R]
  std::vector<float> gradient_norm;          // [count, R] of the population loss
  std::vector<tms::PhaseCode> phase;         // [count, R] catalogue label or phase_other
  std::vector<tms::PhaseCode> hull_phase;    // [count, R] W_{k,sigma}: hull vertices, biases > 0
  std::vector<std::int8_t> negative_biases;  // [count, R] phi: large negative biases
  std::vector<std::int8_t> on_plateau;       // [count, R] 0 or 1
  std::vector<MemberStatus> status;          // [count, R] at that record
  std::vector<double> parameters;          // [count, kept records, P]; kept: none 0, final 1, all R
  std::vector<std::uint64_t> failed_step;  // [count] first step that failed; steps+1 if none
  std::vector<std::uint32_t> visits;       // [count] arrivals in all, may exceed max_visits
  std::vector<tms::PhaseCode> visit_phase;  // [count, max_visits], phase_other beyond `visits`
  std::vector<std::uint64_t> visit_step;    // [count, max_visits] step of first passage, 0 beyond
};

}  // namespace kgon
