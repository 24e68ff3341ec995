// Batches of members on one device: kernels from start to end, then the results back to the host.
#pragma once

#include <algorithm>
#include <vector>

#include "backends/batches/device_members.hpp"
#include "backends/batches/group_clock.hpp"
#include "backends/batches/group_kinds.hpp"
#include "backends/batches/launch_pace.hpp"
#include "backends/batches/transpose.hpp"
#include "kgon/engine/backend.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon::batches {

// Device: what a batch needs of a device, e.g. CudaDevice:
//   Array<T>(size), Array<T>(vector)   memory; data()
//   Staging(bytes)                     host memory that results are copied to; data()
//   Queue                              runs launches and copies one after the other; as LaunchPace
//                                      asks, and copy_rows(to, bytes, from, pitch, rows)
//   Kernels<H, C, Real>                start, observe, advance(group, ..., queue)
//   OutOfMemory                        thrown where one of these does not fit
//   use(device), synchronize(), free_bytes(), scratch_bytes()
template <class Device, int H, int C, class Real>
class TrainBatch {
 public:
  using Model = tms::Model<H, C>;
  using Cells = DeviceCells<Device, Model>;

  // Up to `capacity` members at a time, on the current device.
  TrainBatch(const TrainPlan& plan, const Cells& cells, std::uint32_t capacity,
             const BatchSettings& settings)
      : plan_(plan),
        cells_(cells),
        settings_(settings),
        scratch_bytes_(Device::scratch_bytes()),
        members_(capacity, log_shape(plan)),
        staging_(staging_bytes(plan, settings)) {}
  // After a stop or a failure there may be launches left that use the memory.
  ~TrainBatch() { queue_.drain(); }
  TrainBatch(const TrainBatch&) = delete;
  TrainBatch& operator=(const TrainBatch&) = delete;

  // Runs the members of `range` and delivers them; false if stopped.
  bool run(const FlatRange& range, TrainSink& sink, RunControl& control) {
    const std::uint32_t steps = steps_per_launch(plan_, range.count, settings_);
    const Group group = members_.group(plan_, cells_, range, steps);
    const std::vector<AdvanceKind> kinds = group_kinds(plan_, range, scratch_bytes_);
    GroupClock clock(plan_, range.first, range.count, steps);
    LaunchPace<Queue> pace(queue_, std::uint64_t{steps} * range.count, control);
    Kernels::start(group, queue_);
    Kernels::observe(group, queue_);
    while (!clock.is_done()) {
      if (control.stop) return false;
      for (const AdvanceKind& kind : kinds) Kernels::advance(group, kind, queue_);
      Kernels::observe(group, queue_);
      pace.after_stop(clock.advance());
    }
    pace.finish();
    deliver(group, sink);
    return true;
  }

 private:
  using Group = MemberGroup<Model, Real>;
  using Queue = typename Device::Queue;
  using Kernels = typename Device::template Kernels<H, C, Real>;

  void deliver(const Group& group, TrainSink& sink) {
    for (std::uint64_t slot = 0; slot < group.count;) {
      const std::uint64_t flat = group.first + slot;
      const auto cell = static_cast<std::uint32_t>(flat / plan_.count);
      const std::uint64_t member = flat % plan_.count;
      const std::uint64_t count = std::min({block_members(plan_, plan_.cells[cell], settings_),
                                            plan_.count - member, group.count - slot});
      sink.accept(fetch(group, slot, {cell, plan_.first + member, count}));
      slot += count;
    }
  }

  TrainBlock fetch(const Group& group, std::uint64_t slot, const MemberRange& range) {
    TrainBlock block = make_train_block(plan_, range);
    const std::size_t records = plan_.cells[range.cell].record_steps.size();
    const auto& log = group.log;
    copy(log.training_loss, records, group, slot, block.training_loss);
    copy(log.population_loss, records, group, slot, block.population_loss);
    copy(log.gradient_norm, records, group, slot, block.gradient_norm);
    copy(log.phase, records, group, slot, block.phase);
    copy(log.hull_phase, records, group, slot, block.hull_phase);
    copy(log.negative_biases, records, group, slot, block.negative_biases);
    copy(log.on_plateau, records, group, slot, block.on_plateau);
    copy(log.status, records, group, slot, block.status);
    copy(log.parameters, kept_records(plan_.keep, records) * Model::parameters, group, slot,
         block.parameters);
    copy(group.failed_step, 1, group, slot, block.failed_step);
    copy(log.visits, 1, group, slot, block.visits);
    copy(log.visit_phase, max_visits, group, slot, block.visit_phase);
    copy(log.visit_step, max_visits, group, slot, block.visit_step);
    clear_unused_visits(block);
    return block;
  }

  // [rows, group.count] on the device to [members, rows] in `to`.
  template <class T, class U>
  void copy(const T* from, std::size_t rows, const Group& group, std::uint64_t slot,
            std::vector<U>& to) {
    if (rows == 0) return;
    const std::size_t members = to.size() / rows;
    T* staged = static_cast<T*>(staging_.data());
    queue_.copy_rows(staged, members * sizeof(T), from + slot, group.count * sizeof(T), rows);
    queue_.synchronize();
    transpose(staged, rows, members, to.data());
  }

  // Entries that no visit wrote hold what an earlier batch left there.
  static void clear_unused_visits(TrainBlock& block) {
    for (std::size_t m = 0; m < block.visits.size(); ++m) {
      for (std::size_t v = block.visits[m]; v < max_visits; ++v) {
        block.visit_phase[m * max_visits + v] = tms::phase_other;
        block.visit_step[m * max_visits + v] = 0;
      }
    }
  }

  const TrainPlan& plan_;
  const Cells& cells_;
  const BatchSettings settings_;
  const std::size_t scratch_bytes_;
  DeviceMembers<Device, Model, Real> members_;
  typename Device::Staging staging_;
  Queue queue_;
};

}  // namespace kgon::batches
