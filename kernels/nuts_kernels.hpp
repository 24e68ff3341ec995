// The kernels of the no-U-turn sampler, as ordinary functions for host code.
#pragma once

#include <cuda_runtime_api.h>

#include "kgon/batch/nuts_group.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon::cuda {

// Asynchronous on `stream`; each throws DeviceFailure if the launch is refused. Instantiated for
// the models of KGON_MODELS, Real = float and double.
template <int H, int C, class Real>
struct NutsKernels {
  using Group = NutsGroup<tms::Model<H, C>, Real>;
  static void start(const Group& group, cudaStream_t stream);
  // So many leapfrogs of every chain that is not done.
  static void advance(const Group& group, std::uint32_t leapfrogs, cudaStream_t stream);
  static void classify(const Group& group, cudaStream_t stream);
};

}  // namespace kgon::cuda
