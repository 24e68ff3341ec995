// What the CUDA back end offers to its callers; `cuda_disabled.cpp` offers the same without CUDA.
#pragma once

#include <memory>
#include <vector>

#include "backends/batches/settings.hpp"
#include "backends/cuda_inventory.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon::cuda {

// Whether this build has CUDA kernels at all.
bool is_built_in();
// The devices with these indices as far as there are such, without indices all. Whether a device is
// usable shows only when it is opened, so those that nobody asks about are left alone.
CudaInventory list_cuda_devices(const std::vector<int>& indices = {});
// indices: as CUDA counts; empty: all usable devices. Throws DeviceUnavailable.
std::unique_ptr<Backend> make_cuda_backend(const std::vector<int>& indices,
                                           const batches::BatchSettings& settings = {});

}  // namespace kgon::cuda
