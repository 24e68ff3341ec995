// The weights of an island's particles on one CUDA device; HostWeights says what they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "backends/cuda/device_array.hpp"
#include "weight_kernels.hpp"

namespace kgon::cuda {

// On the device that is current when its functions are called. All wait for their results.
class CudaWeights {
 public:
  CudaWeights(std::uint32_t particles, const Stream& stream)
      : stream_(stream),
        count_(particles),
        weights_(particles),
        roots_(particles),
        old_roots_(particles),
        ancestors_(particles),
        ends_(particles),
        scratch_(reduction_scratch_bytes(particles)) {}

  void start() { start_weights(weights_.data(), roots_.data(), count_, stream_); }

  double least(const DeviceArray<double>& losses) {
    find_least(losses.data(), count_, extremum_.data(), scratch(), stream_);
    return read_one(extremum_);
  }
  std::uint64_t sum(const DeviceArray<std::uint32_t>& counts) {
    sum_counts(counts.data(), count_, count_sum_.data(), scratch(), stream_);
    return read_one(count_sum_);
  }
  WeightSums weigh(const DeviceArray<double>& losses, const Reweighting& change) {
    cuda::weigh({weights_.data(), losses.data(), change, weight_units(count_)}, count_,
                sums_.data(), scratch(), stream_);
    return read_one(sums_);
  }
  WeightSums weigh_squares() {
    cuda::weigh_squares({weights_.data(), weight_units(count_)}, count_, sums_.data(), scratch(),
                        stream_);
    return read_one(sums_);
  }
  void reweight(const DeviceArray<double>& losses, const Reweighting& change) {
    cuda::reweight({weights_.data(), losses.data(), change}, count_, extremum_.data(), scratch(),
                   stream_);
  }
  // The ancestors, for whoever moves the particles on the stream.
  const std::uint32_t* resample(double uniform) {
    std::swap(roots_, old_roots_);
    find_ancestors({weights_.data(), count_, uniform, ends_.data(), ancestors_.data(),
                    old_roots_.data(), roots_.data()},
                   scratch(), stream_);
    return ancestors_.data();
  }

  void read(std::vector<double>& weights, std::vector<std::uint32_t>& roots) const {
    read_array(weights_, stream_, weights);
    read_array(roots_, stream_, roots);
  }
  // Returns when both are copied.
  void place(std::span<const double> weights, std::span<const std::uint32_t> roots) {
    write_array(weights, stream_, weights_);
    write_array(roots, stream_, roots_);
    stream_.synchronize();
  }

 private:
  ReductionScratch scratch() const { return {scratch_.data(), scratch_.size()}; }

  template <class T>
  T read_one(const DeviceArray<T>& from) const {
    std::vector<T> to;
    read_array(from, stream_, to);
    return to.front();
  }

  const Stream& stream_;
  std::uint32_t count_;
  DeviceArray<double> weights_;
  DeviceArray<std::uint32_t> roots_, old_roots_, ancestors_;
  DeviceArray<std::uint64_t> ends_;
  DeviceArray<std::byte> scratch_;
  DeviceArray<double> extremum_{1};
  DeviceArray<std::uint64_t> count_sum_{1};
  DeviceArray<WeightSums> sums_{1};
};

}  // namespace kgon::cuda
