// A sorted data set on a device.
#pragma once

#include <memory>
#include <vector>

#include "backends/cuda/device_array.hpp"
#include "engine/sorted_samples.hpp"

namespace kgon::cuda {

// On the device that is current when it is made.
class DeviceTable {
 public:
  explicit DeviceTable(const SortedSampleTable& table)
      : samples_(table.samples), bins_(table.bins), sum1_(table.sum1), sum2_(table.sum2) {
    view_ = {static_cast<std::uint32_t>(table.samples.size()),
             1,
             0u,
             samples_.data(),
             bins_.data(),
             sum1_.data(),
             sum2_.data(),
             table.bin_bits};
  }

  // Pointers into device memory.
  const tms::SortedSamples<std::uint32_t>& view() const { return view_; }

 private:
  DeviceArray<std::uint32_t> samples_, bins_;
  DeviceArray<double> sum1_, sum2_;
  tms::SortedSamples<std::uint32_t> view_{};
};

// The data set of a runner, or none: uploaded again only where it is another one.
class DeviceData {
 public:
  // table: null for the population; id: the same for the same data set.
  void use(const SortedSampleTable* table, std::size_t id) {
    if (table != nullptr && entry_ && entry_->id == id) return;
    entry_.reset();  // before the next one takes its place
    if (table != nullptr) entry_ = std::make_unique<Entry>(*table, id);
  }
  // Null for the population.
  const tms::SortedSamples<std::uint32_t>* view() const {
    return entry_ ? entry_->view.data() : nullptr;
  }

 private:
  struct Entry {
    Entry(const SortedSampleTable& host, std::size_t data_id)
        : id(data_id), table(host), view(std::vector{table.view()}) {}
    std::size_t id;
    DeviceTable table;
    DeviceArray<tms::SortedSamples<std::uint32_t>> view;
  };
  std::unique_ptr<Entry> entry_;
};

}  // namespace kgon::cuda
