// The CUDA devices of a machine, and the choice among them.
#pragma once

#include <string>
#include <vector>

#include "kgon/engine/backend.hpp"

namespace kgon::cuda {

struct CudaDeviceState {
  int index;  // as CUDA counts
  DeviceDescription description;
  std::string unusable;  // why, a clause; empty: it can be used
};

struct CudaInventory {
  int count = 0;                         // devices of the machine
  std::vector<CudaDeviceState> devices;  // those asked about, in the order of their indices
  std::string none;                      // where there are no devices at all: why, a clause
};

// Why none of the devices can be used, a clause; empty where one can.
std::string why_no_device(const CudaInventory& inventory);
// A sentence that names the devices that cannot be used, empty where all can.
std::string skipped_devices(const CudaInventory& inventory);
// The devices with these indices, in this order; all usable ones where there are no indices. Throws
// DeviceUnavailable where one of them, or all, cannot be used.
std::vector<CudaDeviceState> choose_devices(const CudaInventory& inventory,
                                            const std::vector<int>& indices);

}  // namespace kgon::cuda
