#include "engine/initial_loss.hpp"

#include <algorithm>
#include <cmath>

#include "engine/sample_loss.hpp"
#include "kgon/dynamics/minibatch_indices.hpp"

namespace kgon {
InitialLoss devinterp_initial_loss(const ModelShape& shape, const double* w,
                                   const SortedSampleTable& data, std::uint32_t batch,
                                   std::uint32_t chains, const StreamId<std::uint32_t>& stream) {
  const auto n = static_cast<std::uint32_t>(data.samples.size());
  const std::uint32_t count = std::min(chains, n / batch) * batch;
  ShuffledIndices<std::uint32_t> indices(stream, permutation_grid(n), 0);
  double sum = 0, squares = 0;
  for (std::uint32_t k = 0; k < count; k += 4) {
    std::uint32_t index[4];
    const std::uint32_t left = std::min(4u, count - k);
    indices.next(index, static_cast<int>(left));
    for (std::uint32_t g = 0; g < left; ++g) {
      const double loss = sample_loss(shape, w, data.samples[index[g]]);
      sum += loss;
      squares += loss * loss;
    }
  }
  const double mean = sum / count, m = count;
  const double variance = count > 1 ? std::max(0.0, squares / m - mean * mean) * m / (m - 1) : 0;
  return {mean, std::sqrt(variance * (1 / m - 1.0 / n))};
}

}  // namespace kgon
