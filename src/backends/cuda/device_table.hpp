// A sorted data set on a device.
#pragma once

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

}  // namespace kgon::cuda
