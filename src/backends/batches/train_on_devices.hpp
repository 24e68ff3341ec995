// A plan on several devices, each with several batches at a time.
#pragma once

#include <fmt/format.h>

#include <memory>
#include <vector>

#include "backends/batches/halving.hpp"
#include "backends/batches/train_batch.hpp"
#include "engine/worker_threads.hpp"

namespace kgon::batches {

// The part of a run on one device, which the constructor makes the current one.
template <class Device, int H, int C, class Real>
class DeviceRun {
 public:
  DeviceRun(int device, unsigned batches, const TrainPlan& plan, const BatchSettings& settings,
            WorkQueue& work, RunFailure& failure)
      : device_(device),
        batches_(batches),
        plan_(plan),
        settings_(settings),
        work_(work),
        failure_(failure) {
    Device::use(device);
  }

  void run(TrainSink& sink, RunControl& control) {
    const std::unique_ptr<const Cells> cells = make_cells(control);
    const std::uint32_t capacity = most_members();
    in_parallel(batches_, failure_, [&](unsigned) {
      Device::use(device_);
      if (!work_.is_over()) run_batches(*cells, capacity, sink, control);
    });
  }

 private:
  using Batch = TrainBatch<Device, H, C, Real>;
  using Cells = typename Batch::Cells;
  using OutOfMemory = typename Device::OutOfMemory;

  // Smaller batches are no help where these do not fit.
  std::unique_ptr<const Cells> make_cells(RunControl& control) const {
    try {
      return std::make_unique<const Cells>(plan_, control);
    } catch (const OutOfMemory& reason) {
      throw DeviceFailure(fmt::format("not enough memory for the {} cells of the study: {}",
                                      plan_.cells.size(), reason.what()));
    }
  }

  // What each of the batches may hold, going by the memory that is free now.
  std::uint32_t most_members() const {
    const std::uint64_t fit =
        Device::free_bytes() / 10 * 9 / batches_ / device_bytes_per_member(plan_);
    const std::uint64_t most = std::min(settings_.largest_batch, work_.largest());
    return static_cast<std::uint32_t>(std::clamp(fit, std::uint64_t{1}, most));
  }

  void run_batches(const Cells& cells, std::uint32_t capacity, TrainSink& sink,
                   RunControl& control) {
    const auto batch = make_batch(cells, capacity, control);
    for (FlatRange range; work_.next(capacity, range);) {
      if (!batch->run(range, sink, control)) return;
    }
  }

  std::unique_ptr<Batch> make_batch(const Cells& cells, std::uint32_t& capacity,
                                    RunControl& control) const {
    const DeviceWait waits(control);
    const auto least = static_cast<std::uint32_t>(settings_.least_batch);
    try {
      return make_with_halving<OutOfMemory>(capacity, least, [&](std::uint32_t members) {
        return std::make_unique<Batch>(plan_, cells, members, settings_);
      });
    } catch (const OutOfMemory& reason) {
      throw DeviceFailure(fmt::format("not enough memory for a batch of {} trajectories: {}",
                                      capacity, reason.what()));
    }
  }

  const int device_;
  const unsigned batches_;
  const TrainPlan& plan_;
  const BatchSettings& settings_;
  WorkQueue& work_;
  RunFailure& failure_;
};

template <class Device, int H, int C, class Real>
void train_on_devices(const std::vector<int>& devices, const TrainPlan& plan,
                      const BatchSettings& settings, TrainSink& sink, RunControl& control) {
  std::vector<FlatPiece> pieces = flat_pieces(plan, sink.earlier());
  if (pieces.empty()) return;
  const unsigned batches = batches_per_device(plan, devices.size(), settings);
  WorkQueue work(std::move(pieces), batches * devices.size(), settings.smallest_batch, control);
  RunFailure failure(control);
  in_parallel(static_cast<unsigned>(devices.size()), failure, [&](unsigned d) {
    DeviceRun<Device, H, C, Real>(devices[d], batches, plan, settings, work, failure)
        .run(sink, control);
  });
  failure.rethrow();
}

}  // namespace kgon::batches
