// The kernel of a device's roof, as ordinary functions for host code.
#pragma once

#include <cuda_runtime_api.h>

#include "kgon/batch/multiply_adds.hpp"

namespace kgon::cuda {

// Real = float and double.
template <class Real>
struct RoofKernel {
  // How many the current device holds at a time. DeviceFailure.
  static std::uint32_t resident_threads();
  // Asynchronous on `stream`; DeviceFailure if the launch is refused.
  static void run(const MultiplyAdds<Real>& work, std::uint32_t threads, cudaStream_t stream);
};

}  // namespace kgon::cuda
