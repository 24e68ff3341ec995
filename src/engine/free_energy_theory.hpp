// What singular learning theory says of the free energy of a phase (arXiv 2310.06301, section 4).
#pragma once

#include <map>
#include <vector>

#include "kgon/core/phase_code.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

// The standard k-gon behind W_{k,sigma}, as far as the formula needs it.
struct PhaseTheory {
  double loss = 0;                 // L(w*), population
  double lambda = 0;               // local learning coefficient
  double half_norm2 = 0;           // |w*|^2 / 2
  std::vector<double> parameters;  // w*, dead biases 0: of all such points the nearest to 0
};

// The phases for which the catalogue has a lambda, by W_{k,sigma}.
std::map<PhaseCode, PhaseTheory> phase_theories(const ModelShape& shape);

// n beta L_n(w*) + lambda log n + |w*|^2 / (2 s^2); loss: L_n(w*) of the data set at hand, or
// L(w*).
double theory_free_energy(const PhaseTheory& phase, double n, double beta, double prior_scale,
                          double loss);

// exp(-F) of each, normalised over all of them, as the formula has the probabilities of phases;
// without those whose F is not finite.
std::map<PhaseCode, double> theory_occupancies(const std::map<PhaseCode, double>& free_energies);

// The largest n in 1..1e9 at which the formula with the population's losses is equal for both; NaN
// where there is none.
double predicted_crossing(const PhaseTheory& from, const PhaseTheory& to, double beta,
                          double prior_scale);

// The same with other constants: the largest n in 1..1e9 with n beta (L - L') + (lambda - lambda')
// log n + constant = 0, constant the difference from - to of the constant terms.
double crossing_with_constant(const PhaseTheory& from, const PhaseTheory& to, double beta,
                              double constant);

}  // namespace kgon
