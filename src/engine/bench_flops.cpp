#include "engine/bench_flops.hpp"

namespace kgon {
namespace {

double parameters(const ModelShape& shape) {
  return shape.parameter_count();
}

// c^2 pairs and their diagonal.
double of_pairs(const ModelShape& shape, double pair, double diagonal) {
  const double c = shape.features;
  return c * c * pair + c * diagonal + 1;
}

// U from L, and dU/dw from dL/dw.
double energy_flops(const ModelShape& shape) {
  return 6 * parameters(shape) + 4;
}

}  // namespace

double minibatch_flops(const ModelShape& shape, std::uint32_t batch) {
  const double r = shape.hidden, c = shape.features;
  const double sample = 1 + r + c * (6 * r + 2) + 2 * r;
  return batch * sample + r * c;
}

double population_flops(const ModelShape& shape) {
  return of_pairs(shape, 6 * shape.hidden + 27, 2 * shape.hidden + 10);
}

double exact_gradient_flops(const ModelShape& shape) {
  return of_pairs(shape, 6 * shape.hidden + 19, 2 * shape.hidden + 2);
}

double sgd_step_flops(const ModelShape& shape, std::uint32_t batch) {
  return minibatch_flops(shape, batch) + 4 * parameters(shape);
}

double population_step_flops(const ModelShape& shape) {
  return population_flops(shape) + 4 * parameters(shape);
}

double langevin_step_flops(const ModelShape& shape) {
  return exact_gradient_flops(shape) + energy_flops(shape) + 12 * parameters(shape) + 3;
}

double leapfrog_flops(const ModelShape& shape) {
  return exact_gradient_flops(shape) + energy_flops(shape) + 4 * parameters(shape);
}

double sgld_step_flops(const ModelShape& shape, std::uint32_t batch) {
  return minibatch_flops(shape, batch) + 10 * parameters(shape);
}

}  // namespace kgon
