// Additions and multiplications of one step, for the part of a device's roof that a rate is.
//
// Counted from the formulas as include/kgon writes them: an addition, a subtraction, a
// multiplication or a division is one, a fused multiply-add two; what the code computes again to
// save registers counts once. Not counted: random numbers and the normals made of them, integers,
// comparisons, selections, conversions, looks at the phase and records. So the parts are lower
// bounds of how busy the arithmetic is. c features, r hidden dimensions, P = r c + c parameters.
#pragma once

#include <cstdint>

#include "kgon/engine/train_plan.hpp"

namespace kgon {

// The rule above in one sentence, for people.
inline constexpr const char* flop_rule =
    "counted are the additions, multiplications and divisions of the formulas (a fused "
    "multiply-add is two); random numbers, integers, comparisons and selections are not";

// Gradient of a minibatch (model/tms/minibatch.hpp): of each sample r + 1 for mu W_i, of each
// output 6 r + 2 and for the input's part 2 r; then the sum of both parts.
double minibatch_flops(const ModelShape& shape, std::uint32_t batch);
// L and its gradient (model/tms/population.hpp): of each of the c^2 pairs 6 r + 27, of the diagonal
// 2 r + 10 more.
double population_flops(const ModelShape& shape);
// L_n and its gradient (model/tms/sorted_loss.hpp): of each of the c^2 pairs 6 r + 19, of the
// diagonal 2 r + 2 more, in float. The search for a threshold counts with its first look alone.
double exact_gradient_flops(const ModelShape& shape);

// A step of stochastic gradient descent and one on L: the gradient and 4 P for the update and its
// guard.
double sgd_step_flops(const ModelShape& shape, std::uint32_t batch);
double population_step_flops(const ModelShape& shape);
// A full-batch Langevin step: an exact gradient, 6 P for the energy around it, 6 P for the proposal
// and 6 P for the Metropolis ratio.
double langevin_step_flops(const ModelShape& shape);
// A leapfrog: an exact gradient, 6 P for the energy around it, 4 P for momenta and positions.
double leapfrog_flops(const ModelShape& shape);
// A minibatch Langevin step: the gradient and 10 P. The exact losses of the draws are not counted.
double sgld_step_flops(const ModelShape& shape, std::uint32_t batch);

}  // namespace kgon
