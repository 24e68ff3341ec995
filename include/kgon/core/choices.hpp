// Choices that a study makes and that reach the device.
#pragma once

#include <cstdint>

namespace kgon {

// own: every trajectory draws its own samples; shared: one data set per cell; population: the
// exact expectation over the data, plain gradient descent.
enum class Dataset : std::uint8_t { own, shared, population };
enum class Batching : std::uint8_t { shuffle, replacement };

// How a chain moves under its posterior. langevin: full-batch, unadjusted; mala: the same with a
// Metropolis test; hmc: jittered number of leapfrogs; sgld: Langevin on minibatch gradients.
enum class Sampler : std::uint8_t { langevin, mala, hmc, sgld };
// exact: the loss of a draw is L_n; devinterp: the minibatch loss before the update.
enum class Estimator : std::uint8_t { exact, devinterp };

}  // namespace kgon
