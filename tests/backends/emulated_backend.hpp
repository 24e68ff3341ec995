// The device code run on the host: the batches of the CUDA back end, and the functors of
// train_members.hpp in place of its kernels. It shows on any machine what the CUDA back end
// computes, short of the compiler and the hardware.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <vector>

#include "backends/batches/settings.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon::test {

struct EmulatedDevices {
  int count = 1;
  // Of a block: with none, no minibatch is buffered.
  std::size_t scratch_bytes = std::numeric_limits<std::size_t>::max();
  // A larger array is refused as a device without memory would.
  std::size_t largest_array = std::numeric_limits<std::size_t>::max();
  batches::BatchSettings settings;
};

// One at a time: the devices' limits are not those of a back end but of the program.
std::unique_ptr<Backend> make_emulated_backend(const EmulatedDevices& devices);

// What the emulated devices have seen since they were made.
struct EmulatedUse {
  std::uint64_t bytes = 0, most_bytes = 0;  // arrays and staging, now and at most
  std::uint64_t launches = 0;               // of any kind
};
EmulatedUse emulated_use();

}  // namespace kgon::test
