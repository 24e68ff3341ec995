#include "engine/train_summary.hpp"

#include <algorithm>
#include <set>
#include <tuple>

#include "kgon/engine/catalogue.hpp"

namespace kgon {

TrainSummary::TrainSummary(const TrainPlan& plan) {
  for (const TrainCell& cell : plan.cells) {
    Cell& mine = cells_.emplace_back();
    mine.counts.init = cell.init;
    mine.counts.steps = cell.steps;
    mine.records = cell.record_steps.size();
  }
}

void TrainSummary::add_failure(CellSummary& counts, const FirstFailure& failure) {
  (failure.cause == MemberStatus::non_finite ? counts.non_finite : counts.diverged) += 1;
  if (!counts.first_failure || failure.member < counts.first_failure->member) {
    counts.first_failure = failure;
  }
}

void TrainSummary::add_visits(Cell& cell, const TrainBlock& block, std::size_t row) {
  const std::size_t base = row * max_visits;
  const std::size_t listed = std::min<std::size_t>(block.visits[row], max_visits);
  if (block.visits[row] > max_visits) ++cell.counts.overflowed;
  std::set<tms::PhaseCode> seen;
  std::set<std::pair<tms::PhaseCode, tms::PhaseCode>> taken;
  for (std::size_t i = 0; i < listed; ++i) {
    const tms::PhaseCode phase = block.visit_phase[base + i];
    if (seen.insert(phase).second) ++cell.visited[phase];
    if (i == 0) continue;
    const std::uint64_t step = block.visit_step[base + i];
    const std::pair transition(block.visit_phase[base + i - 1], phase);
    Arrivals& arrivals = cell.transitions[transition];
    ++arrivals.count;
    if (!taken.insert(transition).second) continue;  // not a first passage
    arrivals.min = arrivals.members == 0 ? step : std::min(arrivals.min, step);
    arrivals.max = std::max(arrivals.max, step);
    arrivals.sum += step;
    ++arrivals.members;
  }
}

void TrainSummary::add(const TrainBlock& block) {
  Cell& cell = cells_.at(block.range.cell);
  for (std::size_t row = 0; row < block.range.count; ++row) {
    ++cell.counts.members;
    const std::size_t last = (row + 1) * cell.records - 1;
    if (block.status[last] != MemberStatus::ok) {
      add_failure(cell.counts,
                  {block.range.first + row, block.failed_step[row], block.status[last]});
      continue;
    }
    ++cell.counts.finished;
    ++cell.final_phases[block.phase[last]];
    cell.counts.on_plateau += block.on_plateau[last] != 0;
    add_visits(cell, block, row);
  }
}

std::vector<CellSummary> TrainSummary::cells() const {
  std::vector<CellSummary> result;
  for (const Cell& cell : cells_) {
    CellSummary& summary = result.emplace_back(cell.counts);
    for (const auto& [phase, count] : cell.final_phases) {
      summary.final_phases[tms::phase_label(phase)] += count;
    }
    for (const auto& [phase, count] : cell.visited) {
      summary.visited[tms::phase_label(phase)] += count;
    }
    for (const auto& [ends, arrivals] : cell.transitions) {
      summary.transitions.push_back({tms::phase_label(ends.first), tms::phase_label(ends.second),
                                     arrivals.count, arrivals.members, arrivals.min, arrivals.max,
                                     arrivals.sum});
    }
    std::ranges::sort(summary.transitions, {}, [](const TransitionSummary& t) {
      return std::tuple(~t.count, t.from, t.to);  // ~: descending count
    });
  }
  return result;
}

std::uint64_t TrainSummary::members() const {
  std::uint64_t sum = 0;
  for (const Cell& cell : cells_) sum += cell.counts.members;
  return sum;
}

std::uint64_t TrainSummary::failed() const {
  std::uint64_t sum = 0;
  for (const Cell& cell : cells_) sum += cell.counts.failed();
  return sum;
}

}  // namespace kgon
