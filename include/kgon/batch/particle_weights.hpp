// The weights of an island's particles and who survives by them. Weights lie in [0, 1] and the
// greatest is 1; they are summed in integers, so that a device may add in any order.
#pragma once

#include <cstdint>

#include "kgon/math/exponential.hpp"

namespace kgon {

// What the weight of a particle with loss L is multiplied by: exp(-rate (L - least)).
struct Reweighting {
  double rate;   // what is added to n beta
  double least;  // the smallest loss of the island, whose particle keeps its weight

  KGON_FUNCTION double operator()(double loss) const { return exponential(-rate * (loss - least)); }
};

// Sums over particles with weights W_i that a Reweighting multiplies by w_i, in units of
// 1 / weight_units(particles).
struct WeightSums {
  std::uint64_t weights = 0;  // of W_i
  std::uint64_t changed = 0;  // of W_i w_i
  std::uint64_t squares = 0;  // of W_i w_i^2

  friend KGON_FUNCTION WeightSums operator+(const WeightSums& a, const WeightSums& b) {
    return {a.weights + b.weights, a.changed + b.changed, a.squares + b.squares};
  }
};

// A weight of 1 in units of the sums: a power of two, at least 2^30, with which no sum over so many
// particles reaches 2^63.
KGON_FUNCTION double weight_units(std::uint32_t particles) {
  double units = 4611686018427387904.0;  // 2^62
  for (std::uint64_t room = 1; room < particles; room *= 2) units *= 0.5;
  return units;
}

// weight: 0 to 1; to the nearest unit.
KGON_FUNCTION std::uint64_t fixed_weight(double weight, double units) {
  return static_cast<std::uint64_t>(weight * units + 0.5);
}

// What a particle adds to the sums.
struct WeighParticle {
  const double* weights;  // [particles]
  const double* loss;     // [particles]
  Reweighting change;
  double units;

  KGON_FUNCTION WeightSums operator()(std::uint32_t slot) const {
    const double factor = change(loss[slot]);
    const double changed = weights[slot] * factor;
    return {fixed_weight(weights[slot], units), fixed_weight(changed, units),
            fixed_weight(changed * factor, units)};
  }
};

// The same with the weight itself in the place of w_i: the sums of W_i and of its square.
struct SquareWeight {
  const double* weights;  // [particles]
  double units;

  KGON_FUNCTION WeightSums operator()(std::uint32_t slot) const {
    const double weight = weights[slot];
    return {fixed_weight(weight, units), fixed_weight(weight, units),
            fixed_weight(weight * weight, units)};
  }
};

struct ReweightParticle {
  double* weights;     // [particles]
  const double* loss;  // [particles]
  Reweighting change;

  KGON_FUNCTION void operator()(std::uint32_t slot) const { weights[slot] *= change(loss[slot]); }
};

// Systematic resampling (Kitagawa 1996): offspring k has the ancestor in whose part of the weights
// the point (k + uniform) / particles of their sum falls, uniform in (0, 1]. Ancestors ascend, and
// each has the floor or the ceiling of what its weight is due (weights rounded to units).
struct FindAncestor {
  const std::uint64_t* ends;  // [particles] sums of the weights up to and with each
  std::uint32_t particles;
  double uniform;

  KGON_FUNCTION std::uint32_t operator()(std::uint32_t k) const {
    const std::uint64_t sum = ends[particles - 1];
    const double point = (k + uniform) * (static_cast<double>(sum) / particles);
    std::uint64_t at = static_cast<std::uint64_t>(point);
    if (static_cast<double>(at) < point) ++at;
    if (at > sum) at = sum;
    // The first whose part ends at the point or behind it.
    std::uint32_t low = 0, high = particles - 1;
    while (low < high) {
      const std::uint32_t middle = low + (high - low) / 2;
      if (ends[middle] < at) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
};

}  // namespace kgon
