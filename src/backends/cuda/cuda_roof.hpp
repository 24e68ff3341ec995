// The roof of CUDA devices: multiply-adds in registers, in as many threads as they hold.
#pragma once

#include <vector>

#include "kgon/engine/backend.hpp"

namespace kgon::cuda {

// Of all `devices` at the same time, for that long. DeviceFailure.
DeviceRoof measure_roof(const std::vector<int>& devices, Precision precision, double seconds);

}  // namespace kgon::cuda
