#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include "backends/cuda_backend.hpp"

namespace kgon::cuda {

bool is_built_in() {
  return true;
}

std::vector<DeviceDescription> list_cuda_devices() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) {
    cudaGetLastError();  // a machine without a driver is no failure
    return {};
  }
  std::vector<DeviceDescription> devices;
  for (int index = 0; index < count; ++index) {
    cudaDeviceProp properties;
    if (cudaGetDeviceProperties(&properties, index) != cudaSuccess) continue;
    devices.push_back(
        {fmt::format("cuda:{}", index),
         fmt::format("{}, compute capability {}.{}, {} multiprocessors", properties.name,
                     properties.major, properties.minor, properties.multiProcessorCount),
         properties.totalGlobalMem});
  }
  return devices;
}

}  // namespace kgon::cuda
