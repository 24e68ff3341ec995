// A sorted data set on a device.
#pragma once

#include <memory>
#include <type_traits>
#include <vector>

#include "backends/cuda/device_array.hpp"
#include "engine/sorted_samples.hpp"

namespace kgon::cuda {

// On the device that is current when it is made, for chains in Real.
template <class Real>
class DeviceTable {
 public:
  explicit DeviceTable(const SortedSampleTable& table)
      : samples_(table.samples),
        magnitudes_(table.magnitudes),
        starts_(table.starts),
        brackets_(table.brackets) {
    if constexpr (std::is_same_v<Real, float>) {
      sides_ = DeviceArray<tms::SumPair>(table.sides);
    } else {
      sum1_ = DeviceArray<double>(table.sum1);
      sum2_ = DeviceArray<double>(table.sum2);
    }
    view_ = {static_cast<std::uint32_t>(table.samples.size()),
             samples_.data(),
             magnitudes_.data(),
             starts_.data(),
             brackets_.data(),
             table.bin_bits,
             sides_.data(),
             sum1_.data(),
             sum2_.data()};
  }

  // Pointers into device memory.
  const tms::SortedSamples& view() const { return view_; }

 private:
  DeviceArray<std::uint32_t> samples_;
  DeviceArray<float> magnitudes_;
  DeviceArray<std::uint32_t> starts_;
  DeviceArray<tms::Bracket> brackets_;
  DeviceArray<tms::SumPair> sides_;
  DeviceArray<double> sum1_, sum2_;
  tms::SortedSamples view_{};
};

// The data set of a runner, or none: uploaded again only where it is another one.
template <class Real>
class DeviceData {
 public:
  // table: null for the population; id: the same for the same data set.
  void use(const SortedSampleTable* table, std::size_t id) {
    if (table != nullptr && entry_ && entry_->id == id) return;
    entry_.reset();  // before the next one takes its place
    if (table != nullptr) entry_ = std::make_unique<Entry>(*table, id);
  }
  // Null for the population.
  const tms::SortedSamples* view() const { return entry_ ? entry_->view.data() : nullptr; }

 private:
  struct Entry {
    Entry(const SortedSampleTable& host, std::size_t data_id)
        : id(data_id), table(host), view(std::vector{table.view()}) {}
    std::size_t id;
    DeviceTable<Real> table;
    DeviceArray<tms::SortedSamples> view;
  };
  std::unique_ptr<Entry> entry_;
};

}  // namespace kgon::cuda
