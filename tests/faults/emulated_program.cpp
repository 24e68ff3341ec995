// kgon itself, but for its CUDA devices: those are emulated (backends/emulated_backend.hpp), and
// fail as the environment says. device_faults.py drives it. Of train alone.
//   KGON_EMULATED_DEVICES   how many there are [1]
//   KGON_EMULATED_BATCH     members of the largest batch [64]
//   KGON_EMULATED_FAULT     launch=K     the K-th launch on the first device and all after it fail
//                           hang=K       it never ends
//                           memory=K     the K-th allocation on any device finds no memory
//   KGON_EMULATED_COMES     a file that is made when the fault comes
#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <string>

#include "app/command_line.hpp"
#include "backends/cuda_backend.hpp"
#include "backends/emulated_backend.hpp"

namespace kgon {
namespace {

std::string environment(const char* name, const char* otherwise) {
  const char* value = std::getenv(name);
  return value != nullptr ? value : otherwise;
}

test::EmulatedFaults faults() {
  test::EmulatedFaults faults;
  const std::string word = environment("KGON_EMULATED_FAULT", "none=0");
  const std::size_t sign = word.find('=');
  const std::string kind = word.substr(0, sign);
  const std::uint64_t number = std::stoull(word.substr(sign + 1));
  if (kind == "memory") {
    faults.allocation = number;
  } else if (kind == "launch" || kind == "hang") {
    faults.launch = number;
    faults.launch_hangs = kind == "hang";
  } else if (kind != "none") {
    throw std::invalid_argument("KGON_EMULATED_FAULT: " + word);
  }
  const std::string mark = environment("KGON_EMULATED_COMES", "");
  if (!mark.empty()) faults.on_fault = [mark] { std::ofstream(mark) << "came\n"; };
  return faults;
}

}  // namespace

// In the place of the back end that the library has.
namespace cuda {

bool is_built_in() {
  return true;
}

CudaInventory list_cuda_devices(const std::vector<int>&) {
  CudaInventory inventory;
  inventory.count = std::stoi(environment("KGON_EMULATED_DEVICES", "1"));
  for (int k = 0; k < inventory.count; ++k)
    inventory.devices.push_back({k, {fmt::format("cuda:{}", k), "emulated", 0}, ""});
  return inventory;
}

std::unique_ptr<Backend> make_cuda_backend(const std::vector<int>& indices,
                                           const batches::BatchSettings& settings) {
  test::EmulatedDevices devices;
  devices.count = static_cast<int>(choose_devices(list_cuda_devices(), indices).size());
  devices.settings = settings;
  // As much slower than a GPU as these are smaller: many launches, a second at most each.
  const auto largest =
      static_cast<std::uint32_t>(std::stoul(environment("KGON_EMULATED_BATCH", "64")));
  devices.settings.largest_batch = largest;
  devices.settings.smallest_batch = devices.settings.least_batch = std::min(largest, 16u);
  devices.settings.steps_per_launch = 500;
  devices.faults = faults();
  return test::make_emulated_backend(devices);
}

}  // namespace cuda
}  // namespace kgon

int main(int count, char** arguments) {
  return kgon::run_command_line(count, arguments);
}
