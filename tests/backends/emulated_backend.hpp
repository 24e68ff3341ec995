// The device code run on the host: the batches of the CUDA back end, and the functors of
// train_members.hpp in place of its kernels. It shows on any machine what the CUDA back end
// computes, short of the compiler and the hardware.
#pragma once

#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <vector>

#include "backends/batches/settings.hpp"
#include "kgon/engine/backend.hpp"

namespace kgon::test {

// What goes wrong on the devices, and when.
struct EmulatedFaults {
  std::uint64_t allocation = 0;  // of all devices, from 1: there is no memory for it; 0: none
  bool memory_stays_full = false;
  // Of that device, from 1: the launch fails, and every later call on the device; 0: none.
  std::uint64_t launch = 0;
  int device = 0;
  bool launch_hangs = false;  // instead: it never ends, and whoever waits for it waits for ever
  // Called when a fault comes, once.
  std::function<void()> on_fault = [] {};
};

struct EmulatedDevices {
  int count = 1;
  EmulatedFaults faults = {};
  // Called before every launch, from any thread.
  std::function<void()> before_launch = [] {};
  // Of a block: with none, no minibatch is buffered.
  std::size_t scratch_bytes = std::numeric_limits<std::size_t>::max();
  // A larger array is refused as a device without memory would.
  std::size_t largest_array = std::numeric_limits<std::size_t>::max();
  batches::BatchSettings settings;
};

// One at a time: the devices' limits are not those of a back end but of the program.
std::unique_ptr<Backend> make_emulated_backend(const EmulatedDevices& devices);

// Of a device whose launch has failed.
inline constexpr const char* lost_device_sentence = "a launch on the emulated device has failed";

// What the emulated devices have seen since they were made.
struct EmulatedUse {
  std::uint64_t bytes = 0, most_bytes = 0;  // arrays and staging, now and at most
  std::uint64_t launches = 0;               // of any kind
  std::uint64_t allocations = 0;
  bool has_failed = false;                // a fault has come
  std::uint64_t launches_after_that = 0;  // on any device
};
EmulatedUse emulated_use();

}  // namespace kgon::test
