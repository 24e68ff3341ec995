// A failed CUDA call becomes an exception that names the call.
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "kgon/engine/backend.hpp"

namespace kgon::cuda {

// No memory left, on the device or page-locked: the caller may ask for less.
class OutOfDeviceMemory : public DeviceFailure {
 public:
  using DeviceFailure::DeviceFailure;
};

inline void check(cudaError_t error, const char* call) {
  if (error == cudaSuccess) return;
  const std::string sentence = std::string("CUDA: ") + call +
                               " failed: " + cudaGetErrorString(error) + " (" +
                               cudaGetErrorName(error) + ")";
  if (error != cudaErrorMemoryAllocation) throw DeviceFailure(sentence);
  cudaGetLastError();  // else the next launch would report it again
  throw OutOfDeviceMemory(sentence);
}

}  // namespace kgon::cuda
