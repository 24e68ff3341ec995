// Weights of an island of particles, and who survives.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace kgon {

// Conditional effective sample size, as a part of the particles, of going on from weights W_i
// (1 in all) by increments w_i (Zhou, Johansen and Aston 2016, eq. 3.16):
//   (sum_i W_i w_i)^2 / sum_i W_i w_i^2,   w_i = exp(-(to - from) energy_i).
// It is 1 at to = from and falls as `to` grows.
double conditional_ess(std::span<const double> weights, std::span<const double> energies,
                       double difference);

// The difference d in (0, most] at which conditional_ess is `target`, in (0, 1), or `most` where it
// is no smaller there: bisection to 1e-6 of d.
double tempering_difference(std::span<const double> weights, std::span<const double> energies,
                            double most, double target);

// Multiplies the weights by exp(-difference energy_i), makes their sum 1 and returns the logarithm
// of the sum that they had: log of sum_i W_i w_i.
double reweight(std::vector<double>& weights, std::span<const double> energies, double difference);

// 1 / sum_i W_i^2, as a part of the particles.
double effective_part(std::span<const double> weights);

// Systematic resampling (Kitagawa 1996): offspring k has the ancestor in whose part of [0, 1) the
// point (k + uniform) / count falls, uniform in (0, 1]; weights have the sum 1. Ascending; each
// ancestor has the floor or the ceiling of count W_i offspring. The sums run in the order of the
// particles, in double: the same on every machine.
std::vector<std::uint32_t> systematic_resampling(std::span<const double> weights,
                                                 std::uint32_t count, double uniform);

}  // namespace kgon
