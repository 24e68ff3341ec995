#include "engine/train_summary.hpp"
#include "support/phases.hpp"

#include <gtest/gtest.h>

namespace kgon {
namespace {

using tms::phase_code;
using Visits = std::vector<std::pair<tms::PhaseCode, std::uint64_t>>;

const tms::PhaseCode four_plus = phase_code(4, 1, 0);
const tms::PhaseCode four = phase_code(4, 0, 0);
using test::five;

TrainPlan two_record_plan() {
  TrainPlan plan;
  plan.trajectories = plan.count = 100;
  plan.cells.resize(2);
  for (TrainCell& cell : plan.cells) {
    cell.init = std::string("4");  // g++ 12 warns about the plain literal
    cell.steps = 1000;
    cell.record_steps = {0, 1000};
  }
  return plan;
}

// One member of two records.
TrainBlock member(std::uint32_t cell, std::uint64_t index, tms::PhaseCode last, bool on_plateau,
                  const Visits& visits, MemberStatus status = MemberStatus::ok,
                  std::uint64_t failed_step = 1001) {
  TrainBlock block;
  block.range = {cell, index, 1};
  block.phase = {four, last};
  block.on_plateau = {1, static_cast<std::int8_t>(on_plateau)};
  block.status = {MemberStatus::ok, status};
  block.failed_step = {failed_step};
  block.visits = {static_cast<std::uint32_t>(visits.size())};
  block.visit_phase.assign(max_visits, tms::phase_other);
  block.visit_step.assign(max_visits, 0);
  for (std::size_t i = 0; i < visits.size() && i < max_visits; ++i) {
    block.visit_phase[i] = visits[i].first;
    block.visit_step[i] = visits[i].second;
  }
  return block;
}

TEST(TrainSummary, CountsFinalPhasesVisitsAndTransitions) {
  TrainSummary summary(two_record_plan());
  summary.add(member(0, 0, five, true, {{four, 0}, {four_plus, 100}, {five, 300}}));
  summary.add(
      member(0, 1, five, false, {{four, 0}, {four_plus, 200}, {four, 250}, {four_plus, 400}}));
  summary.add(member(0, 2, tms::phase_other, false, {}));
  const CellSummary cell = summary.cells().at(0);
  EXPECT_EQ(cell.members, 3u);
  EXPECT_EQ(cell.finished, 3u);
  EXPECT_EQ(cell.steps, 1000u);
  EXPECT_EQ(cell.final_phases, (std::map<std::string, std::uint64_t>{{"5", 2}, {"other", 1}}));
  EXPECT_EQ(cell.visited, (std::map<std::string, std::uint64_t>{{"4", 2}, {"4+", 2}, {"5", 1}}));
  EXPECT_DOUBLE_EQ(cell.on_plateau_fraction(), 1.0 / 3);
  ASSERT_EQ(cell.transitions.size(), 3u);
  const TransitionSummary& most = cell.transitions[0];
  EXPECT_EQ(most.from, "4");
  EXPECT_EQ(most.to, "4+");
  EXPECT_EQ(most.count, 3u);
  EXPECT_EQ(most.members, 2u);  // one went twice; its second arrival is no first passage
  EXPECT_EQ(most.step_min, 100u);
  EXPECT_EQ(most.step_max, 200u);
  EXPECT_EQ(most.step_sum, 300u);
  EXPECT_DOUBLE_EQ(most.step_mean(), 150.0);
  EXPECT_EQ(cell.transitions[1].from, "4+");
  EXPECT_EQ(cell.transitions[1].to, "4");
  EXPECT_EQ(cell.transitions[2].to, "5");
  EXPECT_EQ(summary.cells().at(1).members, 0u);
}

TEST(TrainSummary, FailedMembersAreCountedApart) {
  TrainSummary summary(two_record_plan());
  summary.add(member(1, 7, five, true, {{four, 0}, {five, 9}}, MemberStatus::diverged, 55));
  summary.add(member(1, 3, five, true, {{four, 0}}, MemberStatus::non_finite, 77));
  summary.add(member(1, 9, five, true, {{five, 0}}));
  const CellSummary cell = summary.cells().at(1);
  EXPECT_EQ(cell.members, 3u);
  EXPECT_EQ(cell.finished, 1u);
  EXPECT_EQ(cell.failed(), 2u);
  EXPECT_EQ(cell.diverged, 1u);
  EXPECT_EQ(cell.non_finite, 1u);
  ASSERT_TRUE(cell.first_failure);
  EXPECT_EQ(cell.first_failure->member, 3u);
  EXPECT_EQ(cell.first_failure->step, 77u);
  EXPECT_EQ(cell.first_failure->cause, MemberStatus::non_finite);
  EXPECT_EQ(cell.visited, (std::map<std::string, std::uint64_t>{{"5", 1}}));
  EXPECT_TRUE(cell.transitions.empty());
  EXPECT_EQ(summary.members(), 3u);
  EXPECT_EQ(summary.failed(), 2u);
}

TEST(TrainSummary, AnOverfullVisitListIsReported) {
  TrainSummary summary(two_record_plan());
  Visits visits;
  for (std::uint64_t i = 0; i < max_visits + 5; ++i) visits.emplace_back(i % 2 ? five : four, i);
  summary.add(member(0, 0, four, true, visits));
  const CellSummary cell = summary.cells().at(0);
  EXPECT_EQ(cell.overflowed, 1u);
  std::uint64_t transitions = 0;
  for (const auto& t : cell.transitions) transitions += t.count;
  EXPECT_EQ(transitions, static_cast<std::uint64_t>(max_visits - 1));
  EXPECT_EQ(cell.visited.at("4"), 1u);
}

}  // namespace
}  // namespace kgon
