// Settings of a cell as the functors take them: plain data, the same on host and device.
#pragma once

#include <cstdint>

#include "kgon/core/choices.hpp"
#include "kgon/core/status.hpp"
#include "kgon/dynamics/minibatch_indices.hpp"
#include "kgon/dynamics/sgd.hpp"

namespace kgon {

struct CellSettings {
  std::uint64_t key;  // Philox key of the cell
  double learning_rate;
  double start_noise;     // standard deviation on every parameter of the start
  std::uint32_t samples;  // n
  std::uint32_t batch;
  std::uint32_t start_points;  // member m starts at point m % start_points
  IndexLaw indices;            // index_law(n)
  PermutationGrid grid;        // permutation_grid(n)
  Dataset dataset;
  Batching batching;
};

KGON_FUNCTION StreamId<std::uint32_t> member_stream(const CellSettings& cell,
                                                    std::uint64_t member) {
  return member_stream(cell.key, member);
}

// The guard and the rate of a descent step. The rate is rounded to the scalar type once, from the
// product in double: 2 lr / batch for the minibatch mean of the squared error, lr for L itself.
template <class S, int P>
KGON_FUNCTION GuardedUpdate<S, P> descent_update(const CellSettings& cell) {
  using Real = RealOf<S>;
  const double rate = cell.dataset == Dataset::population ? cell.learning_rate
                                                          : cell.learning_rate * 2 / cell.batch;
  return {S(static_cast<Real>(-rate)), S(static_cast<Real>(divergence_norm * divergence_norm))};
}

}  // namespace kgon
