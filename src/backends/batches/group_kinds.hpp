// The kinds of members in a range of a plan.
#pragma once

#include <algorithm>
#include <vector>

#include "backends/batches/work_queue.hpp"
#include "kgon/batch/advance_kind.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon::batches {

// One advance for each way of drawing samples; the minibatch of a population cell means nothing.
// scratch_bytes: the most that a block of the device may have.
inline std::vector<AdvanceKind> group_kinds(const TrainPlan& plan, const FlatRange& range,
                                            std::size_t scratch_bytes) {
  std::vector<AdvanceKind> kinds;
  const std::uint64_t last = range.first + range.count - 1;
  for (std::uint64_t c = range.first / plan.count; c <= last / plan.count; ++c) {
    const TrainCell& cell = plan.cells[c];
    const auto same = std::find_if(kinds.begin(), kinds.end(), [&](const AdvanceKind& kind) {
      return kind.dataset == cell.dataset &&
             (kind.batching == cell.batching || cell.dataset == Dataset::population);
    });
    if (same == kinds.end()) {
      kinds.push_back({cell.dataset, cell.batching, cell.batch, scratch_bytes});
    } else {
      same->batch = std::max(same->batch, cell.batch);
    }
  }
  return kinds;
}

}  // namespace kgon::batches
