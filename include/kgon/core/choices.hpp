// Choices that a study makes and that reach the device.
#pragma once

#include <cstdint>

namespace kgon {

// own: every trajectory draws its own samples; shared: one data set per cell; population: the
// exact expectation over the data, plain gradient descent.
enum class Dataset : std::uint8_t { own, shared, population };
enum class Batching : std::uint8_t { shuffle, replacement };

}  // namespace kgon
