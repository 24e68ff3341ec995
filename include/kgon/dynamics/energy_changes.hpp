// Whether momenta that are drawn anew take a chain through all energies of its posterior.
#pragma once

#include "kgon/math/scalar.hpp"

namespace kgon {

// Hamiltonians of a chain's steps, one after the other.
struct EnergyChanges {
  double previous = 0;
  double changes = 0;  // sum of squares of H_t - H_(t-1)
  double mean = 0, squares = 0;
  std::uint32_t count = 0;

  KGON_FUNCTION void add(double hamiltonian) {
    const double change = count == 0 ? 0 : hamiltonian - previous;
    changes = fma(change, change, changes);
    previous = hamiltonian;
    ++count;
    const double away = hamiltonian - mean;
    mean += away / count;
    squares = fma(away, hamiltonian - mean, squares);
  }
  // E-BFMI (Betancourt 2016, arXiv 1604.00695): below 0.3 the chain has seen the tails of the
  // energy badly. NaN with fewer than two steps.
  KGON_FUNCTION double fraction() const { return changes / squares; }
};

}  // namespace kgon
