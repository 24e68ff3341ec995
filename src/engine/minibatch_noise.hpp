// What minibatches in the place of all samples do to chains of sgld.
#pragma once

#include <cstdint>
#include <span>

#include "kgon/engine/train_plan.hpp"

namespace kgon {

// Trace of the covariance matrix of the gradient of one sample's loss at w, over the samples of a
// data set, sorted as in SortedSampleTable: of many every k-th stands for its neighbours. 0 without
// samples. w: [parameters].
double gradient_spread(const ModelShape& shape, const double* w,
                       std::span<const std::uint32_t> samples);

// What that noise adds to lambda_hat, to first order in the step size epsilon: an update
// -epsilon / 2 n beta g_B has the covariance (epsilon n beta / 2)^2 C / batch, C that of one
// sample's gradient, beside the epsilon 1 of the injected noise. In a direction of the Hessian
// whose well is that of n beta h alone the variance grows by the factor 1 + epsilon (n beta)^2 C_ii
// / (4 batch), and lambda_hat by
//   epsilon (n beta)^2 tr(C) / (8 batch).
// Where gamma holds a direction it is less.
double minibatch_bias(double spread, std::uint32_t batch, double nbeta, double step_size);

// Part of lambda_hat that it may be at the default step.
inline constexpr double default_minibatch_bias = 0.01;

// The step size at which it is `bias`; infinite without spread.
double step_of_minibatch_bias(double spread, std::uint32_t batch, double nbeta, double bias);

}  // namespace kgon
