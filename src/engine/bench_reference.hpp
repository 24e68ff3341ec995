// TMS in plain loops over double, written from the formulas: what a workload's results are held
// against before it is timed.
#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "kgon/engine/train_plan.hpp"

namespace kgon {

using Point = std::vector<double>;  // [P]

// Gradient of the mean of ||x - f(x)||^2 over the samples, by back-propagation.
Point plain_gradient(const ModelShape& shape, const Point& w,
                     std::span<const std::uint32_t> samples);

// Central differences of `loss` at w.
Point difference_gradient(const Point& w, double step,
                          const std::function<double(const Point&)>& loss);

// The member's trajectory from w on, on the minibatches that its random numbers say. Datasets own
// and shared.
Point plain_descent(const ModelShape& shape, const TrainCell& cell, std::uint64_t member, Point w);

// |a - truth| / |truth|, |truth| counting as no less than 1/100.
double relative_distance(const Point& a, const Point& truth);
// The larger one; what is no number is larger than any.
double worse(double a, double b);

}  // namespace kgon
