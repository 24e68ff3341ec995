#include "engine/train_remainder.hpp"

#include <gtest/gtest.h>

#include <utility>

#include "engine/train_bytes.hpp"

namespace kgon {
namespace {

TrainPlan make_plan() {
  TrainPlan plan;
  plan.trajectories = 100;
  plan.first = 10;
  plan.count = 20;
  plan.cells.resize(2);
  for (TrainCell& cell : plan.cells) {
    cell.steps = 50;
    cell.record_steps = {0, 25, 50};
  }
  return plan;
}

// A state whose parameters tell the members apart.
TrainState make_state(const TrainPlan& plan, const MemberRange& range, std::uint64_t step) {
  TrainState state = fresh_state(plan, range);
  state.step = step;
  state.next_record = step > 25 ? 2 : step > 0 ? 1 : 0;
  for (std::uint64_t m = 0; m < range.count; ++m) {
    for (std::size_t p = 0; p < 18; ++p)
      state.parameters[m * 18 + p] = static_cast<double>(range.first + m);
    state.log.visits[m] = static_cast<std::uint32_t>(range.first + m);
  }
  return state;
}

using Piece = std::tuple<std::uint32_t, std::uint64_t, std::uint64_t, bool>;

std::vector<Piece> pieces_of(const TrainPlan& plan, const TrainProgress& earlier) {
  std::vector<Piece> pieces;
  for (const TrainPiece& piece : remaining_pieces(plan, earlier))
    pieces.emplace_back(piece.range.cell, piece.range.first, piece.range.count,
                        piece.state != nullptr);
  return pieces;
}

TEST(RemainingPieces, OfANewPlanAreItsCells) {
  EXPECT_EQ(pieces_of(make_plan(), {}),
            (std::vector<Piece>{{0, 10, 20, false}, {1, 10, 20, false}}));
}

TEST(RemainingPieces, LeaveOutWhatIsDoneAndKeepTheOrder) {
  const TrainPlan plan = make_plan();
  TrainProgress earlier;
  earlier.done = {{1, 10, 20}, {0, 14, 4}};
  earlier.started.push_back(make_state(plan, {0, 20, 3}, 7));
  EXPECT_EQ(pieces_of(plan, earlier),
            (std::vector<Piece>{
                {0, 10, 4, false}, {0, 18, 2, false}, {0, 20, 3, true}, {0, 23, 7, false}}));
  EXPECT_EQ(steps_done(plan, earlier), 24u * 50 + 3 * 7);
}

TEST(RemainingPieces, AreNoneOfADonePlan) {
  TrainProgress earlier;
  earlier.done = {{0, 10, 20}, {1, 10, 20}};
  EXPECT_TRUE(pieces_of(make_plan(), earlier).empty());
}

TEST(StatesOnTheWay, KeepOfEveryMemberTheLatest) {
  const TrainPlan plan = make_plan();
  StatesOnTheWay on_the_way;
  on_the_way.put(make_state(plan, {0, 10, 8}, 5));
  on_the_way.put(make_state(plan, {0, 12, 3}, 9));
  on_the_way.put(make_state(plan, {1, 12, 3}, 9));
  on_the_way.remove({0, 17, 4});
  std::map<std::pair<std::uint32_t, std::uint64_t>, std::uint64_t> step_of;
  for (const TrainState& state : on_the_way.states()) {
    const MemberRange& range = state.log.range;
    ASSERT_EQ(state.parameters.size(), range.count * 18);
    for (std::uint64_t m = 0; m < range.count; ++m) {
      EXPECT_TRUE(step_of.try_emplace({range.cell, range.first + m}, state.step).second);
      EXPECT_EQ(state.parameters[m * 18 + 17], static_cast<double>(range.first + m));
      EXPECT_EQ(state.log.visits[m], range.first + m);
    }
  }
  EXPECT_EQ(step_of, (decltype(step_of){{{0, 10}, 5},
                                        {{0, 11}, 5},
                                        {{0, 12}, 9},
                                        {{0, 13}, 9},
                                        {{0, 14}, 9},
                                        {{0, 15}, 5},
                                        {{0, 16}, 5},
                                        {{1, 12}, 9},
                                        {{1, 13}, 9},
                                        {{1, 14}, 9}}));
}

TEST(TrainBytes, ReadBackWhatWasWritten) {
  const TrainPlan plan = make_plan();
  TrainState state = make_state(plan, {1, 15, 2}, 30);
  state.log.training_loss[4] = 0.25;
  const TrainState back = train_state_from(to_bytes(state), plan);
  EXPECT_EQ(back.log.training_loss, state.log.training_loss);
  EXPECT_EQ(back.parameters, state.parameters);
  EXPECT_EQ(back.log.range.first, 15u);
  EXPECT_EQ(back.step, 30u);
  EXPECT_EQ(train_range_from(to_bytes(state.log), plan).count, 2u);
}

TEST(TrainBytes, RefuseWhatIsNotOfThePlan) {
  const TrainPlan plan = make_plan();
  const auto refused = [&](const TrainState& state) {
    EXPECT_THROW(train_state_from(to_bytes(state), plan), DamagedBytes);
  };
  TrainPlan other = plan;
  other.first = 0;
  refused(make_state(other, {0, 5, 3}, 5));
  other = plan;
  other.cells.resize(3, plan.cells[0]);
  refused(make_state(other, {2, 12, 3}, 5));
  other = plan;
  other.cells[0].record_steps = {0, 50};
  refused(make_state(other, {0, 12, 3}, 5));
  refused(make_state(plan, {0, 12, 3}, 51));
  TrainState state = make_state(plan, {0, 12, 3}, 30);
  state.next_record = 1;
  refused(state);
  Bytes bytes = to_bytes(make_state(plan, {0, 12, 3}, 5));
  for (std::size_t size = 0; size < bytes.size(); size += 7)
    EXPECT_THROW(train_state_from(std::span(bytes).first(size), plan), DamagedBytes);
  bytes.push_back(std::byte{0});
  EXPECT_THROW(train_state_from(bytes, plan), DamagedBytes);
}

}  // namespace
}  // namespace kgon
