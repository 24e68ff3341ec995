// The kernels of `train`, as ordinary functions for host code.
#pragma once

#include <cuda_runtime_api.h>

#include "kgon/batch/advance_kind.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon::cuda {

// Asynchronous on `stream`; each throws DeviceFailure if the launch is refused. Instantiated for
// the models of KGON_MODELS, Real = float and double.
template <int H, int C, class Real>
struct TrainKernels {
  using Group = MemberGroup<tms::Model<H, C>, Real>;
  static void start(const Group& group, cudaStream_t stream);
  static void observe(const Group& group, cudaStream_t stream);
  // Advances the members of that kind to their next stop.
  static void advance(const Group& group, const AdvanceKind& kind, cudaStream_t stream);
};

// Loads a kernel on the current device without running it: what it returns tells whether this build
// has code for the device. Leaves no error behind.
cudaError_t try_kernels();

}  // namespace kgon::cuda
