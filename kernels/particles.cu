// Compiled once per model of KGON_MODELS, with KGON_HIDDEN and KGON_FEATURES from CMake.
#include "particle_kernels.cuh"

namespace kgon::cuda {

template struct ParticleKernels<KGON_HIDDEN, KGON_FEATURES, float>;
template struct ParticleKernels<KGON_HIDDEN, KGON_FEATURES, double>;

}  // namespace kgon::cuda
