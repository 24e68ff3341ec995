#include "engine/minibatch_noise.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <vector>

#include "engine/sample_loss.hpp"

namespace kgon {

double gradient_spread(const ModelShape& shape, const double* w,
                       std::span<const std::uint32_t> samples) {
  // Within some percent, which is more than a first order says.
  constexpr std::size_t enough = 4096;
  const std::size_t stride = std::max<std::size_t>(1, samples.size() / enough);
  std::vector<double> gradient(static_cast<std::size_t>(shape.parameter_count()));
  std::vector<double> sum(gradient.size());
  double squares = 0, count = 0;
  for (std::size_t k = stride / 2; k < samples.size(); k += stride) {
    std::ranges::fill(gradient, 0);
    add_sample_gradient(shape, w, samples[k], gradient);
    for (std::size_t p = 0; p < gradient.size(); ++p) sum[p] += gradient[p];
    squares += std::inner_product(gradient.begin(), gradient.end(), gradient.begin(), 0.0);
    ++count;
  }
  if (count == 0) return 0;
  const double mean = std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0);
  return std::max(0.0, squares / count - mean / (count * count));
}

double minibatch_bias(double spread, std::uint32_t batch, double nbeta, double step_size) {
  return step_size * nbeta * nbeta * spread / (8.0 * batch);
}

double step_of_minibatch_bias(double spread, std::uint32_t batch, double nbeta, double bias) {
  const double of_one = minibatch_bias(spread, batch, nbeta, 1);
  return of_one > 0 ? bias / of_one : std::numeric_limits<double>::infinity();
}

}  // namespace kgon
