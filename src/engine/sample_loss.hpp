// The loss of TMS at one sample and its gradient, written literally, for any shape.
#pragma once

#include <cstdint>
#include <span>

#include "kgon/engine/train_plan.hpp"

namespace kgon {

// ||x - ReLU(W^T W x + b)||^2 for x = mu e_i. w: [parameters]; sample: packed as in
// kgon/model/tms/sample.hpp.
double sample_loss(const ModelShape& shape, const double* w, std::uint32_t sample);

// Adds its gradient to [parameters].
void add_sample_gradient(const ModelShape& shape, const double* w, std::uint32_t sample,
                         std::span<double> gradient);

// L_n(w): the mean over at least one sample, in time proportional to their number.
double mean_sample_loss(const ModelShape& shape, const double* w,
                        std::span<const std::uint32_t> samples);

}  // namespace kgon
