// What singular learning theory says of the free energy of a phase (arXiv 2310.06301, section 4).
#pragma once

#include <optional>

#include "kgon/core/phase_code.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

// The standard k-gon behind W_{k,sigma}, as far as the formula needs it.
struct PhaseTheory {
  double loss = 0;        // L(w*), population
  double lambda = 0;      // local learning coefficient
  double half_norm2 = 0;  // |w*|^2 / 2, dead biases 0: the least there is
};

// nullopt where the catalogue has no such point or no lambda for it.
std::optional<PhaseTheory> phase_theory(const ModelShape& shape, PhaseCode hull_phase);

// n beta L_n(w*) + lambda log n + |w*|^2 / (2 s^2); loss: L_n(w*) of the data set at hand, or
// L(w*).
double theory_free_energy(const PhaseTheory& phase, double n, double beta, double prior_scale,
                          double loss);

// The n at which the formula with the population's losses is equal for both, by bisection in
// [1, 1e9]; NaN where there is none.
double predicted_crossing(const PhaseTheory& from, const PhaseTheory& to, double beta,
                          double prior_scale);

}  // namespace kgon
