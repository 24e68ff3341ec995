// What the CUDA back end offers to its callers; `cuda_disabled.cpp` offers the same without CUDA.
#pragma once

#include <memory>
#include <vector>

#include "backends/batches/settings.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon::cuda {

// Whether this build has CUDA kernels at all.
bool is_built_in();
// Usable devices; empty without a driver.
std::vector<DeviceDescription> list_cuda_devices();
// devices: indices as in `list_cuda_devices`; empty: all. Throws DeviceUnavailable.
std::unique_ptr<Backend> make_cuda_backend(const std::vector<int>& devices,
                                           const batches::BatchSettings& settings = {});

}  // namespace kgon::cuda
