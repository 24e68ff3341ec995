// Members on their way: what a back end hands out so that another run can go on from there.
#pragma once

#include <cstdint>
#include <vector>

#include "kgon/engine/train_block.hpp"

namespace kgon {

// Members of one cell after `step` SGD steps. Everything that the rest of their run depends on:
// random numbers are functions of the step. They are looked at there once more, which changes
// nothing where they have been.
struct TrainState {
  // What is written down so far; later records and visits are zero.
  TrainBlock log;
  std::uint64_t step = 0;                  // the same for all members
  std::uint32_t next_record = 0;           // the first record that is not in `log`
  std::vector<double> parameters;          // [count, P]; exact for float, too
  std::vector<MemberStatus> status;        // [count]
  std::vector<tms::PhaseCode> last_phase;  // [count] of the latest arrival at a plateau
};

// What earlier runs of a plan have left; no member is in it twice.
struct TrainProgress {
  std::vector<MemberRange> done;
  std::vector<TrainState> started;
};

}  // namespace kgon
