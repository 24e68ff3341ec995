// The Hessian of the population loss at a point: step sizes and a reference without sampling error.
#pragma once

#include <vector>

#include "kgon/core/choices.hpp"
#include "kgon/engine/train_plan.hpp"

namespace kgon {

struct SiteCurvature {
  std::vector<double> eigenvalues;   // of the Hessian of L, ascending; empty where unknown
  bool twice_differentiable = true;  // L is C2 at the point
  // What gaussian_depth gives at the point with the gradient of the loss that chains see, which
  // need not be L; 0 until it is known.
  double depth = 0;
  std::vector<double> modes = {};  // [eigenvalues, parameters] unit vectors, empty where unknown
  double largest() const;          // NaN where unknown
  double smallest() const;
};

// w: [parameters]. Known for finite parameters.
SiteCurvature site_curvature(const ModelShape& shape, const std::vector<double>& w);

// A first step size for a posterior whose stiffest direction has precision n beta h + gamma, h the
// largest eigenvalue or `least_curvature` (where it is unknown 2, the stiffest of `5+`): for
// langevin and sgld small enough that the variance 1 / (k (1 - epsilon k / 4)) of an unadjusted
// chain is off by less than 3 % in its stiffest direction (the noise of sgld's minibatches asks for
// less still: minibatch_noise.hpp); for mala and hmc the middle of what tuning will find.
double default_step_size(Sampler sampler, const SiteCurvature& curvature, double nbeta,
                         double gamma);

// Steps follow this curvature of L where w* has less (a point in transit, or the origin): the wells
// next to it do not.
inline constexpr double least_curvature = 1.0;

// n beta (E[L] - L(w*)) of the localised posterior if L were the quadratic form of its Hessian:
//   sum_i 1/2 n beta h_i / (n beta h_i + gamma).
// It tends to rank / 2 as gamma goes to 0. NaN where L is not C2 or has a negative eigenvalue, and
// where w* is not the bottom of that form: above it by more than most_depth of rank / 2.
double gaussian_lambda(const SiteCurvature& curvature, double nbeta, double gamma);

// rank / 2, what gaussian_lambda is without a localization. NaN likewise.
double gaussian_rank_half(const SiteCurvature& curvature);

// What a step of size epsilon adds to gaussian_lambda: 0 for mala and hmc, whose Metropolis test
// leaves no bias; for langevin, whose variance is 1 / (k (1 - epsilon k / 4)) where the precision
// is k = n beta h_i + gamma,
//   sum_i 1/2 n beta h_i / k (1 / (1 - epsilon k / 4) - 1),
// infinite where a direction is not stable; NaN for sgld, as that depends on the minibatches, and
// where gaussian_lambda is.
double gaussian_step_bias(Sampler sampler, const SiteCurvature& curvature, double nbeta,
                          double gamma, double step_size);

inline constexpr double most_depth = 0.1;

// n beta times what the quadratic form (with the gradient g of a loss at w*, the Hessian of L and
// the localization) has at w* more than at its bottom, with g_i along the eigenvectors:
//   sum_i 1/2 (n beta g_i)^2 / (n beta |h_i| + gamma).
double gaussian_depth(const SiteCurvature& curvature, const std::vector<double>& gradient,
                      double nbeta, double gamma);

// Eigenvalues below this are taken for zeros.
inline constexpr double zero_curvature = 1e-9;

}  // namespace kgon
