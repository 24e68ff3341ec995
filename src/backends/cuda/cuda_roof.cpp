#include "backends/cuda/cuda_roof.hpp"

#include <fmt/format.h>

#include <chrono>
#include <type_traits>

#include "backends/cuda/cuda_device.hpp"
#include "roof_kernel.hpp"

namespace kgon::cuda {
namespace {

// Of a launch, for some milliseconds: few launches, and few beyond the given time where double
// precision is slow.
template <class Real>
constexpr std::uint32_t rounds_at_a_time = std::is_same_v<Real, double> ? 500 : 5000;

// Made while its device is in use.
template <class Real>
class BusyDevice {
 public:
  explicit BusyDevice(int device) : device_(device) {}

  std::uint32_t threads() const { return threads_; }
  double launch_flops() const {
    return MultiplyAdds<Real>::round_flops * rounds_at_a_time<Real> * threads_;
  }
  void launch() {
    CudaDevice::use(device_);
    RoofKernel<Real>::run({rounds_at_a_time<Real>, Real(0.5), Real(0.5), totals_.data()}, threads_,
                          stream_);
  }
  void wait() {
    CudaDevice::use(device_);
    stream_.synchronize();
  }

 private:
  int device_;
  std::uint32_t threads_ = RoofKernel<Real>::resident_threads();
  DeviceArray<Real> totals_{threads_};
  Stream stream_;
};

template <class Real>
std::vector<std::unique_ptr<BusyDevice<Real>>> make_busy(const std::vector<int>& devices) {
  std::vector<std::unique_ptr<BusyDevice<Real>>> busy;
  for (const int device : devices) {
    CudaDevice::use(device);
    busy.push_back(std::make_unique<BusyDevice<Real>>(device));
  }
  return busy;
}

template <class Real>
DeviceRoof measure_roof(const std::vector<int>& devices, double seconds) {
  using Clock = std::chrono::steady_clock;
  const auto busy = make_busy<Real>(devices);
  const auto work = [&busy] {
    double flops = 0;
    for (const auto& device : busy) device->launch();
    for (const auto& device : busy) {
      device->wait();
      flops += device->launch_flops();
    }
    return flops;
  };
  work();  // the first launch loads the kernel, and wakes the device
  DeviceRoof roof;
  double flops = 0;
  std::chrono::duration<double> elapsed{};
  const auto start = Clock::now();
  do {
    flops += work();
    elapsed = Clock::now() - start;
  } while (elapsed.count() < seconds);
  roof.flops = flops / elapsed.count();
  for (const auto& device : busy) roof.threads += device->threads();
  return roof;
}

std::string architecture(int device) {
  int major = 0, minor = 0;
  check(cudaDeviceGetAttribute(&major, cudaDevAttrComputeCapabilityMajor, device),
        "cudaDeviceGetAttribute");
  check(cudaDeviceGetAttribute(&minor, cudaDevAttrComputeCapabilityMinor, device),
        "cudaDeviceGetAttribute");
  return fmt::format("sm_{}{}", major, minor);
}

}  // namespace

DeviceRoof measure_roof(const std::vector<int>& devices, Precision precision, double seconds) {
  DeviceRoof roof = precision == Precision::float64 ? measure_roof<double>(devices, seconds)
                                                    : measure_roof<float>(devices, seconds);
  roof.instructions = architecture(devices.front());
  roof.kernel = "independent fused multiply-adds in registers";
  return roof;
}

}  // namespace kgon::cuda
