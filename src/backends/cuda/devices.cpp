// Which devices there are, and which of them can run the kernels of this build.
#include <cuda_runtime_api.h>
#include <fmt/format.h>

#include <algorithm>

#include "backends/cuda_backend.hpp"
#include "train_kernels.hpp"

namespace kgon::cuda {
namespace {

std::string version_text(int version) {
  return fmt::format("{}.{}", version / 1000, version % 1000 / 10);
}

std::string why_none(cudaError_t error) {
  cudaGetLastError();  // a machine without a driver is no failure
  int driver = 0;
  if (error == cudaErrorNoDevice || error == cudaSuccess) return "there is no NVIDIA GPU here";
  if (cudaDriverGetVersion(&driver) != cudaSuccess || driver == 0) {
    return "there is no NVIDIA driver here";
  }
  if (error == cudaErrorInsufficientDriver) {
    return fmt::format("the NVIDIA driver is too old: it has CUDA {}, this build needs {}",
                       version_text(driver), version_text(CUDART_VERSION));
  }
  return fmt::format("cudaGetDeviceCount failed: {}", cudaGetErrorString(error));
}

// Opens the device, for only then is it known whether the driver takes the kernels.
std::string why_unusable(int index, const cudaDeviceProp& properties) {
  cudaError_t error = cudaSetDevice(index);
  if (error == cudaSuccess) error = try_kernels();
  switch (error) {
    case cudaSuccess:
      return "";
    case cudaErrorNoKernelImageForDevice:
    case cudaErrorInvalidDeviceFunction:
    case cudaErrorUnsupportedPtxVersion:
    case cudaErrorJitCompilerNotFound:
    case cudaErrorInvalidPtx:
      return fmt::format(
          "compute capability {0}.{1} has no code in this build: configure with "
          "-DKGON_CUDA_ARCHITECTURES={0}{1}-real",
          properties.major, properties.minor);
    default:
      cudaGetLastError();
      return fmt::format("it cannot be opened: {}", cudaGetErrorString(error));
  }
}

CudaDeviceState state_of(int index) {
  CudaDeviceState state{index, {fmt::format("cuda:{}", index), "", 0}, ""};
  cudaDeviceProp properties;
  const cudaError_t error = cudaGetDeviceProperties(&properties, index);
  if (error != cudaSuccess) {
    cudaGetLastError();
    state.unusable = fmt::format("its properties are unknown: {}", cudaGetErrorString(error));
    return state;
  }
  state.description.description =
      fmt::format("{}, compute capability {}.{}, {} multiprocessors", properties.name,
                  properties.major, properties.minor, properties.multiProcessorCount);
  state.description.memory_bytes = properties.totalGlobalMem;
  state.unusable = why_unusable(index, properties);
  return state;
}

}  // namespace

bool is_built_in() {
  return true;
}

CudaInventory list_cuda_devices(const std::vector<int>& indices) {
  CudaInventory inventory;
  const cudaError_t error = cudaGetDeviceCount(&inventory.count);
  if (error != cudaSuccess || inventory.count == 0) return {0, {}, why_none(error)};
  for (int index = 0; index < inventory.count; ++index) {
    const bool is_asked_for =
        indices.empty() || std::find(indices.begin(), indices.end(), index) != indices.end();
    if (is_asked_for) inventory.devices.push_back(state_of(index));
  }
  return inventory;
}

}  // namespace kgon::cuda
