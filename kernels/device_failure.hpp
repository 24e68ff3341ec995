// A failed CUDA call becomes an exception that names the call.
#pragma once

#include <cuda_runtime_api.h>

#include <string>

#include "kgon/engine/backend.hpp"

namespace kgon::cuda {

inline void check(cudaError_t error, const char* call) {
  if (error == cudaSuccess) return;
  throw DeviceFailure(std::string("CUDA: ") + call + " failed: " + cudaGetErrorString(error) +
                      " (" + cudaGetErrorName(error) + ")");
}

}  // namespace kgon::cuda
