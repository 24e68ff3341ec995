// Batches of members on one device: kernels from start to end, then the results back to the host.
#pragma once

#include <algorithm>
#include <utility>
#include <vector>

#include "backends/batches/device_members.hpp"
#include "backends/batches/group_clock.hpp"
#include "backends/batches/group_kinds.hpp"
#include "backends/batches/group_transfer.hpp"
#include "backends/batches/launch_pace.hpp"
#include "kgon/engine/backend.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon::batches {

// Device: what a batch needs of a device, e.g. CudaDevice:
//   Array<T>(size), Array<T>(vector)   memory; data()
//   Staging(bytes)                     host memory that results are copied to; data()
//   Queue                              runs launches and copies one after the other; as LaunchPace
//                                      asks, and copy_rows(to, bytes, from, pitch, rows) to the
//                                      host, put(to, from, bytes) to the device
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
        transfer_(plan, staging_bytes(plan, settings), queue_) {}
  // After a stop or a failure there may be launches left that use the memory.
  ~TrainBatch() { queue_.drain(); }
  TrainBatch(const TrainBatch&) = delete;
  TrainBatch& operator=(const TrainBatch&) = delete;

  // Runs the members of `range` and delivers them; false if stopped, and then their states are.
  bool run(const FlatRange& range, TrainSink& sink, RunControl& control) {
    const std::uint32_t steps = steps_per_launch(plan_, range.count, settings_);
    const Group group = members_.group(plan_, cells_, range, steps);
    const std::vector<AdvanceKind> kinds = group_kinds(plan_, range, scratch_bytes_);
    GroupClock clock(plan_, range.first, range.count, steps);
    LaunchPace<Queue> pace(queue_, std::uint64_t{steps} * range.count, control);
    Kernels::start(group, queue_);
    if (range.state) {
      {
        const DeviceWait waits(control);
        transfer_.restore(group, *range.state);
      }
      clock.start_at(range.state->step);
    }
    Kernels::observe(group, queue_);
    std::uint64_t requests = control.state_requests;
    while (!clock.is_done()) {
      const bool stops = control.stop;
      if (std::exchange(requests, control.state_requests) != requests || stops)
        hold(group, clock, sink, control);
      if (stops) return false;
      for (const AdvanceKind& kind : kinds) Kernels::advance(group, kind, queue_);
      Kernels::observe(group, queue_);
      pace.after_stop(clock.advance());
    }
    pace.finish();
    deliver(group, sink, control);
    return true;
  }

 private:
  using Group = MemberGroup<Model, Real>;
  using Queue = typename Device::Queue;
  using Kernels = typename Device::template Kernels<H, C, Real>;

  // Visits the members of the group in ranges of one cell that are no larger than a block.
  template <class Visit>
  void for_each_block(const Group& group, const Visit& visit) {
    for (std::uint64_t slot = 0; slot < group.count;) {
      const std::uint64_t flat = group.first + slot;
      const auto cell = static_cast<std::uint32_t>(flat / plan_.count);
      const std::uint64_t member = flat % plan_.count;
      const std::uint64_t count = std::min({block_members(plan_, plan_.cells[cell], settings_),
                                            plan_.count - member, group.count - slot});
      visit(slot, MemberRange{cell, plan_.first + member, count});
      slot += count;
    }
  }

  // What `fetch` brings from the device, where the sink may take as long as it likes.
  template <class Fetch>
  static auto waited_for(RunControl& control, const Fetch& fetch) {
    const DeviceWait waits(control);
    return fetch();
  }

  void deliver(const Group& group, TrainSink& sink, RunControl& control) {
    for_each_block(group, [&](std::uint64_t slot, const MemberRange& range) {
      sink.accept(waited_for(control, [&] { return transfer_.fetch(group, slot, range); }));
    });
  }

  // The states of members on their way, unless they are too large to be worth it.
  void hold(const Group& group, const GroupClock& clock, TrainSink& sink, RunControl& control) {
    if (group.count * device_bytes_per_member(plan_) > settings_.most_state_bytes) return;
    const std::uint64_t first_cell = group.first / plan_.count;
    for_each_block(group, [&](std::uint64_t slot, const MemberRange& range) {
      sink.hold(waited_for(control, [&] {
        return transfer_.fetch_state(group, slot, range, clock.step(range.cell - first_cell));
      }));
    });
  }

  const TrainPlan& plan_;
  const Cells& cells_;
  const BatchSettings settings_;
  const std::size_t scratch_bytes_;
  DeviceMembers<Device, Model, Real> members_;
  Queue queue_;
  GroupTransfer<Device, Model, Real> transfer_;
};

}  // namespace kgon::batches
