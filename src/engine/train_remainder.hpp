// What is left to do of a plan after earlier runs.
#pragma once

#include <vector>

#include "kgon/engine/train_plan.hpp"
#include "kgon/engine/train_state.hpp"

namespace kgon {

// Members of one cell that have the same way before them.
struct TrainPiece {
  MemberRange range;
  const TrainState* state = nullptr;  // null: from step 0; else it has all of these members
};

// All members of the plan's shard that are not done, in ascending order, in pieces as long as
// possible. States point into `earlier`, whose members are the shard's.
std::vector<TrainPiece> remaining_pieces(const TrainPlan& plan, const TrainProgress& earlier);

// Members of the plan before their first step.
TrainState fresh_state(const TrainPlan& plan, const MemberRange& range);

// Steps that earlier runs have done, summed over members.
std::uint64_t steps_done(const TrainPlan& plan, const TrainProgress& earlier);

// The states of members on their way: of every member the latest one.
class StatesOnTheWay {
 public:
  explicit StatesOnTheWay(std::vector<TrainState> states = {});

  // Replaces what there is of the state's members.
  void put(TrainState&& state);
  // Their run is over.
  void remove(const MemberRange& range);

  const std::vector<TrainState>& states() const { return states_; }

 private:
  std::vector<TrainState> states_;  // no member twice
};

}  // namespace kgon
