// Batches of members on one device: kernels from start to end, then the results back to the host.
#pragma once

#include <array>
#include <deque>

#include "backends/cuda/device_cells.hpp"
#include "backends/cuda/device_members.hpp"
#include "backends/cuda/group_clock.hpp"
#include "kgon/engine/backend.hpp"
#include "train_kernels.hpp"

namespace kgon::cuda {

// Waits for work on a stream without letting the queue run far ahead: the watcher of a run sees
// its progress, and a stop takes effect soon.
class LaunchPace {
 public:
  LaunchPace(cudaStream_t stream, RunControl& control) : stream_(stream), control_(control) {
    for (Mark& mark : marks_) {
      check(cudaEventCreateWithFlags(&mark.event, cudaEventDisableTiming), "cudaEventCreate");
    }
  }
  LaunchPace(const LaunchPace&) = delete;
  LaunchPace& operator=(const LaunchPace&) = delete;
  ~LaunchPace() {
    for (Mark& mark : marks_) cudaEventDestroy(mark.event);
  }

  // After the launches of one event of the schedule, which take `member_steps`.
  void after_event(std::uint64_t member_steps) {
    pending_ += member_steps;
    if (++events_ % events_per_mark != 0) return;
    Mark& mark = marks_[next_];
    next_ = (next_ + 1) % marks_.size();
    wait(mark);
    mark.member_steps = std::exchange(pending_, 0);
    check(cudaEventRecord(mark.event, stream_), "cudaEventRecord");
    mark.used = true;
  }

  void finish() {
    for (std::size_t k = 0; k < marks_.size(); ++k) wait(marks_[(next_ + k) % marks_.size()]);
    check(cudaStreamSynchronize(stream_), "a kernel of train");
    control_.member_steps += std::exchange(pending_, 0);
  }

 private:
  struct Mark {
    cudaEvent_t event = nullptr;
    std::uint64_t member_steps = 0;
    bool used = false;
  };
  void wait(Mark& mark) {
    if (!mark.used) return;
    check(cudaEventSynchronize(mark.event), "a kernel of train");
    control_.member_steps += mark.member_steps;
    mark.used = false;
  }

  static constexpr std::uint64_t events_per_mark = 8;
  cudaStream_t stream_;
  RunControl& control_;
  std::array<Mark, 4> marks_;
  std::size_t next_ = 0;
  std::uint64_t events_ = 0, pending_ = 0;
};

template <int H, int C, class Real>
class TrainBatch {
 public:
  using Model = tms::Model<H, C>;
  using Kernels = TrainKernels<H, C, Real>;

  // Up to `capacity` members at a time, on the current device.
  TrainBatch(const TrainPlan& plan, const DeviceCells<Model>& cells, std::uint32_t capacity)
      : plan_(plan), cells_(cells), shape_(log_shape(plan)), members_(capacity, shape_) {}

  // Runs `count` members from flat index `first` on and delivers them; false if stopped.
  bool run(std::uint64_t first, std::uint32_t count, TrainSink& sink, RunControl& control) {
    const auto group = members_.group(plan_, cells_.cells(), cells_.levels(), first, count);
    const std::vector<AdvanceKind> kinds = kinds_of(first, count);
    GroupClock clock(plan_, first, count);
    LaunchPace pace(stream_, control);
    Kernels::start(group, stream_);
    Kernels::observe(group, stream_);
    while (!clock.is_done()) {
      if (control.stop) return false;
      for (const AdvanceKind& kind : kinds) Kernels::advance(group, kind, stream_);
      Kernels::observe(group, stream_);
      pace.after_event(clock.advance());
    }
    pace.finish();
    deliver(group, sink);
    return true;
  }

 private:
  using Group = MemberGroup<Model, Real>;
  // Members per delivered block, which bounds the host memory of a block.
  static constexpr std::uint64_t block_members = 2048;

  std::vector<AdvanceKind> kinds_of(std::uint64_t first, std::uint64_t count) const {
    std::vector<AdvanceKind> kinds;
    for (std::uint64_t c = first / plan_.count; c <= (first + count - 1) / plan_.count; ++c) {
      const TrainCell& cell = plan_.cells[c];
      const auto same = std::find_if(kinds.begin(), kinds.end(), [&](const AdvanceKind& kind) {
        return kind.dataset == cell.dataset &&
               (kind.batching == cell.batching || cell.dataset == Dataset::population);
      });
      if (same == kinds.end()) {
        kinds.push_back({cell.dataset, cell.batching, cell.batch});
      } else {
        same->batch = std::max(same->batch, cell.batch);
      }
    }
    return kinds;
  }

  void deliver(const Group& group, TrainSink& sink) {
    for (std::uint64_t slot = 0; slot < group.count;) {
      const std::uint64_t flat = group.first + slot;
      const std::uint64_t in_cell = plan_.count - flat % plan_.count;
      const std::uint64_t count = std::min({block_members, in_cell, group.count - slot});
      const MemberRange range{static_cast<std::uint32_t>(flat / plan_.count),
                              plan_.first + flat % plan_.count, count};
      sink.accept(fetch(group, slot, range));
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
    T* staged = static_cast<T*>(staging_.at_least(rows * members * sizeof(T)));
    check(cudaMemcpy2DAsync(staged, members * sizeof(T), from + slot, group.count * sizeof(T),
                            members * sizeof(T), rows, cudaMemcpyDeviceToHost, stream_),
          "cudaMemcpy2D to the host");
    stream_.synchronize();
    for (std::size_t m = 0; m < members; ++m) {
      for (std::size_t r = 0; r < rows; ++r) {
        to[m * rows + r] = static_cast<U>(staged[r * members + m]);
      }
    }
  }

  // Entries that no visit wrote hold what an earlier batch left there.
  static void clear_unused_visits(TrainBlock& block) {
    for (std::size_t m = 0; m < block.visits.size(); ++m) {
      for (std::size_t v = block.visits[m]; v < max_visits; ++v) {
        block.visit_phase[m * max_visits + v] = phase_other;
        block.visit_step[m * max_visits + v] = 0;
      }
    }
  }

  const TrainPlan& plan_;
  const DeviceCells<Model>& cells_;
  LogShape shape_;
  Stream stream_;
  DeviceMembers<Model, Real> members_;
  PinnedBuffer staging_;
};

}  // namespace kgon::cuda
