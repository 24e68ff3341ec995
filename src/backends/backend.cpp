// Chooses a back end from the words of a study.
#include "kgon/engine/backend.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <thread>

#include "backends/cpu/cpu_backend.hpp"
#include "backends/cuda_backend.hpp"

namespace kgon {
namespace {

// "cuda:0,1" -> {0, 1}; "cuda" -> {}.
std::vector<int> parse_cuda_devices(const std::string& device) {
  std::vector<int> indices;
  if (device == "cuda") return indices;
  const char* at = device.data() + 4;
  const char* end = device.data() + device.size();
  char expected = ':';
  while (at != end) {
    int index = -1;
    if (*at++ != expected) break;
    const auto [rest, error] = std::from_chars(at, end, index);
    if (error != std::errc() || index < 0) break;
    if (std::find(indices.begin(), indices.end(), index) != indices.end()) break;
    indices.push_back(index);
    at = rest;
    expected = ',';
    if (at == end) return indices;
  }
  throw std::invalid_argument(fmt::format(
      "device '{}' is not understood: use auto, cpu, cuda, or cuda:0,1 with distinct numbers",
      device));
}

}  // namespace

std::unique_ptr<Backend> make_backend(const BackendRequest& request, std::string* note) {
  const bool by_name = request.device.starts_with("cuda");
  if (by_name) return cuda::make_cuda_backend(parse_cuda_devices(request.device));
  if (request.device != "auto" && request.device != "cpu") {
    throw std::invalid_argument(fmt::format(
        "device '{}' is not understood: use auto, cpu, cuda, or cuda:0,1", request.device));
  }
  if (request.device == "auto") {
    const cuda::CudaInventory inventory = cuda::list_cuda_devices();
    const std::string why = cuda::why_no_device(inventory);
    if (note != nullptr) {
      *note = why.empty() ? cuda::skipped_devices(inventory)
                          : fmt::format("no usable CUDA device, running on the CPU: {}", why);
    }
    if (why.empty()) return cuda::make_cuda_backend({});
  }
  return cpu::make_cpu_backend(request.threads, cpu::parse_instruction_set(request.instructions));
}

DeviceList list_devices() {
  std::string sets;
  for (const auto set : cpu::available_instruction_sets()) {
    sets += (sets.empty() ? "" : ", ") + cpu::name(set);
  }
  std::vector<DeviceDescription> devices{
      {"cpu",
       fmt::format("{} cores; instruction sets {}", std::thread::hardware_concurrency(), sets), 0}};
  cuda::CudaInventory inventory = cuda::list_cuda_devices();
  std::string why_no_cuda = cuda::why_no_device(inventory);
  for (cuda::CudaDeviceState& device : inventory.devices) {
    if (!device.unusable.empty()) {
      device.description.description += "; cannot be used: " + device.unusable;
    }
    devices.push_back(std::move(device.description));
  }
  return {std::move(devices), std::move(why_no_cuda)};
}

const std::vector<ModelShape>& compiled_models() {
  static const std::vector<ModelShape> models{
#define KGON_MODEL(h, c) {h, c},
#include "kgon_models.inc"
#undef KGON_MODEL
  };
  return models;
}

}  // namespace kgon
