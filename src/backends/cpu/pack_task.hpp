// The seam between ordinary code and the code compiled once per instruction set: plain data only,
// no library type, because an inline library function compiled for AVX-512 must not be the copy
// that the linker keeps for everybody.
#pragma once

#include <cstdint>

#include "kgon/batch/cell_settings.hpp"
#include "kgon/batch/member_log.hpp"
#include "kgon/batch/schedule.hpp"
#include "kgon/core/status.hpp"
#include "kgon/model/tms/phase.hpp"
#include "kgon/model/tms/sorted_samples.hpp"

namespace kgon::cpu {

// Called between stretches of steps with the member-steps done since the last call; false: stop.
struct Progress {
  bool (*proceed)(void* context, std::uint64_t member_steps);
  void* context;
};

// A pack between two steps: where it goes on from, and what it hands out on its way.
struct PackState {
  std::uint64_t step;         // SGD steps done; the members are not yet looked at there
  std::uint32_t next_record;  // the first record that is not written
  double* parameters;         // [L, P]
  MemberStatus* status;       // [L]
  PhaseCode* last_phase;      // [L] of the latest arrival at a plateau
  // Whether somebody wants the state now, and what takes it then.
  bool (*is_wanted)(void* context);
  void (*hold)(void* context);
  void* context;
};

// One pack of members of one cell, to the end of their run. P parameters, L lanes.
struct PackTask {
  const CellSettings* cell;
  const double* start_points;  // [start_points, P]
  const tms::PhaseLevels* levels;
  Schedule schedule;
  std::uint64_t first_member;
  std::uint32_t members;  // 1..L

  // Shared data set, and sorted; null unless dataset == shared.
  const std::uint32_t* shared_samples;  // [n] in drawing order
  tms::SortedSamples sorted;
  // Scratch for the lanes' own data sets; null unless dataset == own.
  std::uint32_t* own_samples;  // [n, L]

  MemberLog<double> log;       // member m of the pack is entry m; TrainBlock's layout
  std::uint64_t* failed_step;  // [L] first step that failed, steps + 1 if none

  // At step 0 only the memory is read. Current whenever `hold` is called, and after a stop.
  PackState* state;
  Progress progress;
};

struct Baseline;
struct Avx2;
struct Avx512;

// Lanes of a float pack and samples handled at a time, fitted to the registers there are.
template <class Isa>
struct PackShape;
template <>
struct PackShape<Baseline> {
  static constexpr int float_lanes = 4, group = 1;
};
template <>
struct PackShape<Avx2> {
  static constexpr int float_lanes = 8, group = 2;
};
template <>
struct PackShape<Avx512> {
  static constexpr int float_lanes = 16, group = 4;
};
template <class Isa, class Real>
inline constexpr int pack_lanes = PackShape<Isa>::float_lanes * 4 / static_cast<int>(sizeof(Real));

// Runs the pack; false if `proceed` said stop, and then its state is in task.state. Instantiated by
// train_pack.cpp for each entry of KGON_MODELS and each instruction set.
template <class Isa, int H, int C, class Real>
bool train_pack(const PackTask& task);

}  // namespace kgon::cpu
