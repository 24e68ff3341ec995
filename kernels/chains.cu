// Compiled once per model of KGON_MODELS, with KGON_HIDDEN and KGON_FEATURES from CMake.
#include "chain_kernels.cuh"

namespace kgon::cuda {

template struct ChainKernels<KGON_HIDDEN, KGON_FEATURES, float>;
template struct ChainKernels<KGON_HIDDEN, KGON_FEATURES, double>;

}  // namespace kgon::cuda
