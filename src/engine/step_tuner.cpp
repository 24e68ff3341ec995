#include "engine/step_tuner.hpp"

#include <cmath>

namespace kgon {

StepTuner::StepTuner(Sampler sampler, double first_step_size)
    : sampler_(sampler), step_size_(first_step_size) {}

double StepTuner::target(Sampler sampler) {
  return sampler == Sampler::hmc ? 0.8 : 0.57;
}

// Robbins and Monro (1951) on the logarithm of the step size. The gains sum to about 12, enough to
// go through four decades when every step is refused, and end small.
void StepTuner::update(std::uint64_t accepted, std::uint64_t tried) {
  const double rate = static_cast<double>(accepted) / static_cast<double>(tried);
  const double gain = 3.0 / (1.0 + 0.5 * round_);
  // A leapfrog's length is the square root of what a Langevin step calls its size.
  const double scale = sampler_ == Sampler::hmc ? 0.5 : 1.0;
  step_size_ *= std::exp(scale * gain * (rate - target(sampler_)));
  ++round_;
}

}  // namespace kgon
