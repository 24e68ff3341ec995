// What follows from the sums of an island's weights.
#pragma once

#include <cstdint>
#include <functional>

#include "kgon/batch/particle_weights.hpp"

namespace kgon {

// Conditional effective sample size, as a part of the particles, of going on from weights W_i by
// increments w_i (Zhou, Johansen and Aston 2016, eq. 3.16):
//   (sum_i W_i w_i)^2 / (sum_i W_i sum_i W_i w_i^2),   w_i = exp(-rate (L_i - least)).
// It is 1 at the rate 0 and falls as the rate grows; 0 where nothing is left of the weights.
double conditional_ess(const WeightSums& sums);

// The difference d in (0, most] at which `ess` is `target`, in (0, 1), or a little more, or `most`
// where it is no smaller there: bisection to temperature_tolerance of d. Every value of `ess` is a
// sum over all particles.
inline constexpr double temperature_tolerance = 0.01;
double tempering_difference(const std::function<double(double)>& ess, double most, double target);

// The logarithm of sum_i W_i w_i / sum_i W_i with w_i = exp(-rate L_i): what reweighting adds to
// that of the evidence.
double evidence_difference(const WeightSums& sums, const Reweighting& change);

// (sum_i W_i)^2 / sum_i W_i^2 as a part of the particles, from the sums of SquareWeight.
double effective_part(const WeightSums& sums, std::uint32_t particles);

}  // namespace kgon
