// Finds the step size of mala and hmc from the pooled acceptance of a site's pilot chains.
#pragma once

#include <cstdint>

#include "kgon/core/choices.hpp"

namespace kgon {

// Pilot chains have random numbers of their own and their number is fixed, so a site's step size
// depends neither on how many chains it has nor on what happens to them.
inline constexpr std::uint32_t pilot_chains = 16;
inline constexpr std::uint64_t pilot_burn_in = 40, pilot_steps = 40;  // of each round
inline constexpr int pilot_rounds = 10;

class StepTuner {
 public:
  StepTuner(Sampler sampler, double first_step_size);

  double step_size() const { return step_size_; }
  // Takes the outcome of a round of pilot chains at step_size(): accepted of tried steps, tried >
  // 0.
  void update(std::uint64_t accepted, std::uint64_t tried);

  // The acceptance that is sought: 0.57 for mala (Roberts and Rosenthal 1998), 0.8 for hmc (a
  // little above the 0.65 of Beskos et al. 2013, which counts leapfrogs and not failures).
  static double target(Sampler sampler);

 private:
  Sampler sampler_;
  double step_size_;
  double last_error_ = 0;
  int turns_ = 0;  // changes of the error's sign
};

}  // namespace kgon
