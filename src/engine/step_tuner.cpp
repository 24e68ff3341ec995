#include "engine/step_tuner.hpp"

#include <cmath>

namespace kgon {

StepTuner::StepTuner(Sampler sampler, double first_step_size)
    : sampler_(sampler), step_size_(first_step_size) {}

double StepTuner::target(Sampler sampler) {
  return sampler == Sampler::hmc ? 0.8 : 0.57;
}

// Stochastic approximation of the logarithm of the step size with the gains of Kesten (1958), which
// shrink only where the error changes its sign: far off, where every step is accepted or refused, a
// round moves by the whole factor of 10; around the target the gains fall like those of Robbins and
// Monro (1951).
void StepTuner::update(std::uint64_t accepted, std::uint64_t tried) {
  const double goal = target(sampler_);
  const double off = static_cast<double>(accepted) / static_cast<double>(tried) - goal;
  const double error = off / (off > 0 ? 1 - goal : goal);  // -1: all refused, 1: all accepted
  if (error * last_error_ < 0) ++turns_;
  last_error_ = error;
  step_size_ *= std::pow(10.0, error / (1 + turns_));
}

}  // namespace kgon
