// Compiled once per model of KGON_MODELS, with KGON_HIDDEN and KGON_FEATURES from CMake.
#include "nuts_kernels.cuh"

namespace kgon::cuda {

template struct NutsKernels<KGON_HIDDEN, KGON_FEATURES, float>;
template struct NutsKernels<KGON_HIDDEN, KGON_FEATURES, double>;

}  // namespace kgon::cuda
