// The kernels of `llc`, as ordinary functions for host code.
#pragma once

#include <cuda_runtime_api.h>

#include "kgon/batch/chain_group.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon::cuda {

// Asynchronous on `stream`; each throws DeviceFailure if the launch is refused. Instantiated for
// the models of KGON_MODELS, Real = float and double.
template <int H, int C, class Real>
struct ChainKernels {
  using Group = ChainGroup<tms::Model<H, C>, Real>;
  static void start(const Group& group, cudaStream_t stream);
  // Steps from..to-1, none of them past the group's next look at the phase.
  static void advance(const Group& group, std::uint64_t from, std::uint64_t to,
                      cudaStream_t stream);
  static void classify(const Group& group, cudaStream_t stream);
};

}  // namespace kgon::cuda
