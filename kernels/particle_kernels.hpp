// The kernels of `sample`, as ordinary functions for host code.
#pragma once

#include <cuda_runtime_api.h>

#include "kgon/batch/particle_group.hpp"
#include "kgon/model/tms/model.hpp"

namespace kgon::cuda {

// Asynchronous on `stream`; each throws DeviceFailure if the launch is refused. Instantiated for
// the models of KGON_MODELS, Real = float and double.
template <int H, int C, class Real>
struct ParticleKernels {
  using Group = ParticleGroup<tms::Model<H, C>, Real>;
  using Gather = GatherParticle<tms::Model<H, C>, Real>;
  static void start(const Group& group, cudaStream_t stream);
  static void move(const Group& group, const ParticleStage& stage, cudaStream_t stream);
  static void gather(const Gather& gather, cudaStream_t stream);
  static void classify(const Group& group, cudaStream_t stream);
};

}  // namespace kgon::cuda
