#include "engine/train_remainder.hpp"

#include <algorithm>
#include <compare>
#include <iterator>
#include <map>
#include <utility>

#include "engine/cell_settings.hpp"
#include "engine/train_bytes.hpp"

namespace kgon {
namespace {

bool overlap(const MemberRange& a, const MemberRange& b) {
  return a.cell == b.cell && a.first < b.first + b.count && b.first < a.first + a.count;
}

struct Place {
  std::uint32_t cell;
  std::uint64_t member;
  auto operator<=>(const Place&) const = default;
};

// Appends members of one cell that nothing covers.
void add_fresh(std::uint32_t cell, std::uint64_t from, std::uint64_t to,
               std::vector<TrainPiece>& pieces) {
  if (from < to) pieces.push_back({{cell, from, to - from}, nullptr});
}

}  // namespace

std::vector<TrainPiece> remaining_pieces(const TrainPlan& plan, const TrainProgress& earlier) {
  struct Cover {
    std::uint64_t count;
    const TrainState* state;  // null: done
  };
  std::map<Place, Cover> covered;
  for (const MemberRange& range : earlier.done)
    covered[{range.cell, range.first}] = {range.count, nullptr};
  for (const TrainState& state : earlier.started) {
    const MemberRange& range = state.log.range;
    covered[{range.cell, range.first}] = {range.count, &state};
  }
  std::vector<TrainPiece> pieces;
  auto next = covered.begin();
  for (std::uint32_t cell = 0; cell < plan.cells.size(); ++cell) {
    std::uint64_t at = plan.first;
    for (; next != covered.end() && next->first.cell == cell; ++next) {
      const auto& [position, cover] = *next;
      add_fresh(cell, at, position.member, pieces);
      at = position.member + cover.count;
      if (cover.state) pieces.push_back({{cell, position.member, cover.count}, cover.state});
    }
    add_fresh(cell, at, plan.first + plan.count, pieces);
  }
  return pieces;
}

TrainState fresh_state(const TrainPlan& plan, const MemberRange& range) {
  TrainState state;
  state.log = make_train_block(plan, range);
  state.parameters.resize(range.count * static_cast<std::size_t>(plan.shape.parameter_count()));
  state.status.assign(range.count, MemberStatus::ok);
  state.last_phase.assign(range.count, tms::phase_other);
  return state;
}

std::uint64_t steps_done(const TrainPlan& plan, const TrainProgress& earlier) {
  std::uint64_t steps = 0;
  for (const MemberRange& range : earlier.done) steps += range.count * plan.cells[range.cell].steps;
  for (const TrainState& state : earlier.started) steps += state.log.range.count * state.step;
  return steps;
}

StatesOnTheWay::StatesOnTheWay(std::vector<TrainState> states) {
  for (TrainState& state : states) put(std::move(state));
}

void StatesOnTheWay::put(TrainState&& state) {
  remove(state.log.range);
  states_.push_back(std::move(state));
}

void StatesOnTheWay::remove(const MemberRange& range) {
  std::vector<TrainState> kept;
  std::erase_if(states_, [&](const TrainState& state) {
    const MemberRange& old = state.log.range;
    if (!overlap(old, range)) return false;
    const std::uint64_t end = range.first + range.count, old_end = old.first + old.count;
    if (old.first < range.first) kept.push_back(part_of(state, old.first, range.first - old.first));
    if (end < old_end) kept.push_back(part_of(state, end, old_end - end));
    return true;
  });
  std::ranges::move(kept, std::back_inserter(states_));
}

}  // namespace kgon
