// Which CUDA devices are taken, and what is said of the others.
#include <gtest/gtest.h>

#include "backends/cuda_backend.hpp"

namespace kgon::cuda {
namespace {

constexpr const char* no_code = "compute capability 7.0 has no code in this build";

// Devices 0 to 2, of which the middle one is too old.
CudaInventory three_devices() {
  CudaInventory inventory;
  inventory.count = 3;
  for (const int index : {0, 1, 2}) {
    inventory.devices.push_back(
        {index, {"cuda:" + std::to_string(index), "a GPU", 0}, index == 1 ? no_code : ""});
  }
  return inventory;
}

CudaInventory without_usable_devices() {
  CudaInventory inventory = three_devices();
  inventory.count = 1;
  inventory.devices = {inventory.devices[1]};
  return inventory;
}

std::string refusal(const CudaInventory& inventory, const std::vector<int>& indices) {
  try {
    choose_devices(inventory, indices);
  } catch (const DeviceUnavailable& reason) {
    return reason.what();
  }
  return "";
}

std::vector<int> chosen(const CudaInventory& inventory, const std::vector<int>& indices) {
  std::vector<int> found;
  for (const CudaDeviceState& device : choose_devices(inventory, indices)) {
    found.push_back(device.index);
  }
  return found;
}

TEST(CudaInventory, AllUsableDevicesKeepTheirNumbers) {
  EXPECT_EQ(chosen(three_devices(), {}), (std::vector<int>{0, 2}));
  EXPECT_EQ(chosen(three_devices(), {2, 0}), (std::vector<int>{2, 0}));
  EXPECT_EQ(why_no_device(three_devices()), "");
  EXPECT_EQ(skipped_devices(three_devices()), std::string("not used: cuda:1: ") + no_code);
}

TEST(CudaInventory, ADeviceWithoutCodeIsRefusedByName) {
  EXPECT_EQ(refusal(three_devices(), {0, 1}), std::string("cuda:1 cannot be used: ") + no_code);
  EXPECT_EQ(refusal(without_usable_devices(), {}),
            std::string("no usable CUDA device: cuda:1: ") + no_code + "; use --device cpu");
}

TEST(CudaInventory, ADeviceThatDoesNotExistIsRefused) {
  EXPECT_EQ(refusal(three_devices(), {3}), "no CUDA device 3: this machine has 3 (0 to 2)");
}

TEST(CudaInventory, AMachineWithoutDevicesSaysWhy) {
  const CudaInventory none{0, {}, "there is no NVIDIA driver here"};
  EXPECT_EQ(why_no_device(none), none.none);
  for (const std::vector<int>& indices : {std::vector<int>{}, std::vector<int>{0}}) {
    EXPECT_EQ(refusal(none, indices),
              "no usable CUDA device: there is no NVIDIA driver here; use --device cpu");
  }
}

TEST(CudaInventory, TheMachineAsItIs) {
  const CudaInventory here = list_cuda_devices();
  EXPECT_EQ(here.devices.size(), static_cast<std::size_t>(here.count));
  EXPECT_EQ(here.none.empty(), here.count > 0);
}

}  // namespace
}  // namespace kgon::cuda
