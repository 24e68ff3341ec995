// The host's view of how far the members of a group have come: they move in step within a cell.
#pragma once

#include <algorithm>
#include <vector>

#include "kgon/batch/schedule.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon::batches {

class GroupClock {
 public:
  // Members first..first+count-1 of the flat order over the cells of `plan`, at most
  // `steps_per_launch` steps at a time.
  GroupClock(const TrainPlan& plan, std::uint64_t first, std::uint64_t count,
             std::uint32_t steps_per_launch)
      : steps_per_launch_(steps_per_launch) {
    for (std::uint64_t at = first; at < first + count;) {
      const std::uint64_t cell_end = (at / plan.count + 1) * plan.count;
      const std::uint64_t end = std::min(cell_end, first + count);
      const TrainCell& cell = plan.cells[at / plan.count];
      parts_.push_back({{cell.steps, cell.classify_every, cell.record_steps.data(),
                         static_cast<std::uint32_t>(cell.record_steps.size())},
                        end - at});
      at = end;
    }
  }

  // All members have done `step` steps, as those of a state have.
  void start_at(std::uint64_t step) {
    for (Part& part : parts_) {
      const Schedule& schedule = part.schedule;
      part.step = step;
      part.next_record = static_cast<std::uint32_t>(
          std::lower_bound(schedule.record_steps, schedule.record_steps + schedule.records, step) -
          schedule.record_steps);
    }
  }

  // Steps that the members of the k-th cell of the group have done.
  std::uint64_t step(std::size_t k) const { return parts_[k].step; }

  bool is_done() const {
    return std::all_of(parts_.begin(), parts_.end(),
                       [](const Part& part) { return part.step == part.schedule.steps; });
  }

  // Moves every cell to its next stop; returns the member-steps this takes.
  std::uint64_t advance() {
    std::uint64_t member_steps = 0;
    for (Part& part : parts_) {
      if (part.step == part.schedule.steps) continue;
      if (part.schedule.is_record(part.step, part.next_record)) ++part.next_record;
      const std::uint64_t to =
          part.schedule.next_stop(part.step, part.next_record, steps_per_launch_);
      member_steps += (to - part.step) * part.members;
      part.step = to;
    }
    return member_steps;
  }

 private:
  struct Part {
    Schedule schedule;
    std::uint64_t members;
    std::uint64_t step = 0;
    std::uint32_t next_record = 0;
  };
  std::uint32_t steps_per_launch_;
  std::vector<Part> parts_;
};

}  // namespace kgon::batches
