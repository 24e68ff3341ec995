// The cells of a plan on one device: settings, starts, schedules and shared data sets.
#pragma once

#include <vector>

#include "engine/cell_settings.hpp"
#include "engine/sorted_samples.hpp"
#include "kgon/batch/member_group.hpp"
#include "kgon/engine/backend.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon::batches {

template <class Device, class Model>
class DeviceCells {
 public:
  DeviceCells(const TrainPlan& plan, RunControl& control) : control_(control) {
    std::vector<GroupCell<Model>> cells;
    for (const TrainCell& cell : plan.cells) cells.push_back(upload(plan, cell));
    const DeviceWait waits(control);
    cells_ = Array<GroupCell<Model>>(cells);
    levels_ = Array<typename Model::Levels>(std::vector<typename Model::Levels>{plan.levels});
    // The batches run on queues of their own, which do not wait for a copy made here.
    Device::synchronize();
  }

  const GroupCell<Model>* cells() const { return cells_.data(); }
  const typename Model::Levels* levels() const { return levels_.data(); }

 private:
  template <class T>
  using Array = typename Device::template Array<T>;

  GroupCell<Model> upload(const TrainPlan& plan, const TrainCell& cell) {
    GroupCell<Model> uploaded{};
    uploaded.settings = cell_settings(cell, plan.shape.parameter_count());
    uploaded.schedule = {cell.steps, cell.classify_every, keep(steps_, cell.record_steps),
                         static_cast<std::uint32_t>(cell.record_steps.size())};
    uploaded.start_points = keep(doubles_, cell.start);
    if (cell.dataset == Dataset::shared) {
      const auto samples =
          generate_samples(member_stream(uploaded.settings, 0), Purpose::shared_data, cell.samples,
                           plan.shape.features);
      const SortedSampleTable sorted = sort_samples(samples, plan.shape.features);
      uploaded.shared_samples = keep(words_, samples);
      // Looked at in double alone, and not sampled from.
      uploaded.sorted = {cell.samples,
                         nullptr,
                         keep(floats_, sorted.magnitudes),
                         keep(words_, sorted.starts),
                         keep(brackets_, sorted.brackets),
                         sorted.bin_bits,
                         nullptr,
                         keep(doubles_, sorted.sum1),
                         keep(doubles_, sorted.sum2)};
    }
    return uploaded;
  }

  template <class T>
  const T* keep(std::vector<Array<T>>& arrays, const std::vector<T>& values) {
    const DeviceWait waits(control_);
    arrays.emplace_back(values);
    return arrays.back().data();
  }

  RunControl& control_;
  std::vector<Array<std::uint64_t>> steps_;
  std::vector<Array<std::uint32_t>> words_;
  std::vector<Array<float>> floats_;
  std::vector<Array<tms::Bracket>> brackets_;
  std::vector<Array<double>> doubles_;
  Array<GroupCell<Model>> cells_;
  Array<typename Model::Levels> levels_;
};

}  // namespace kgon::batches
