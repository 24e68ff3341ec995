#include "backends/cuda_inventory.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kgon::cuda {
namespace {

std::string list_unusable(const CudaInventory& inventory) {
  std::string list;
  for (const CudaDeviceState& device : inventory.devices) {
    if (device.unusable.empty()) continue;
    list +=
        fmt::format("{}{}: {}", list.empty() ? "" : "; ", device.description.name, device.unusable);
  }
  return list;
}

const CudaDeviceState& find_device(const CudaInventory& inventory, int index) {
  const auto found =
      std::find_if(inventory.devices.begin(), inventory.devices.end(),
                   [&](const CudaDeviceState& device) { return device.index == index; });
  if (found == inventory.devices.end()) {
    throw DeviceUnavailable(fmt::format("no CUDA device {}: this machine has {} (0 to {})", index,
                                        inventory.count, inventory.count - 1));
  }
  if (!found->unusable.empty()) {
    throw DeviceUnavailable(
        fmt::format("{} cannot be used: {}", found->description.name, found->unusable));
  }
  return *found;
}

}  // namespace

std::string why_no_device(const CudaInventory& inventory) {
  if (inventory.count == 0) return inventory.none;
  const bool usable =
      std::any_of(inventory.devices.begin(), inventory.devices.end(),
                  [](const CudaDeviceState& device) { return device.unusable.empty(); });
  return usable ? "" : list_unusable(inventory);
}

std::string skipped_devices(const CudaInventory& inventory) {
  const std::string list = list_unusable(inventory);
  return list.empty() ? "" : "not used: " + list;
}

std::vector<CudaDeviceState> choose_devices(const CudaInventory& inventory,
                                            const std::vector<int>& indices) {
  std::vector<CudaDeviceState> chosen;
  if (inventory.count > 0 && !indices.empty()) {
    for (const int index : indices) chosen.push_back(find_device(inventory, index));
    return chosen;
  }
  const std::string why = why_no_device(inventory);
  if (!why.empty()) {
    throw DeviceUnavailable(fmt::format("no usable CUDA device: {}; use --device cpu", why));
  }
  for (const CudaDeviceState& device : inventory.devices) {
    if (device.unusable.empty()) chosen.push_back(device);
  }
  return chosen;
}

}  // namespace kgon::cuda
