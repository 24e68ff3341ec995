// The initial loss of devinterp 1.3.2, for comparison with its estimates.
#pragma once

#include <cstdint>

#include "engine/sorted_samples.hpp"
#include "kgon/engine/train_plan.hpp"
#include "kgon/rng/philox.hpp"

namespace kgon {

struct InitialLoss {
  double mean = 0;
  double standard_error = 0;  // of a mean without replacement from the n samples
};

// ||x - f(x, w)||^2 over the first min(chains, n / batch) minibatches of an epoch's
// permutation (devinterp 1.3.2, slt/sampler.py get_init_loss_multi_batch with one gradient
// accumulation step). w: [parameters]; batch in 1..n; stream: whose permutation.
InitialLoss devinterp_initial_loss(const ModelShape& shape, const double* w,
                                   const SortedSampleTable& data, std::uint32_t batch,
                                   std::uint32_t chains, const StreamId<std::uint32_t>& stream);

}  // namespace kgon
