// What is computed of a member at a look or a record, and of a chain or particle at a look.
#pragma once

#include "kgon/core/status.hpp"
#include "kgon/math/scalar.hpp"

namespace kgon {

// The point of one slot, in double. parameters: [P, stride].
template <int P, class Real>
KGON_FUNCTION void load_point(const Real* parameters, std::uint32_t stride, std::uint32_t slot,
                              double (&w)[P]) {
  KGON_UNROLL
  for (int p = 0; p < P; ++p)
    w[p] = static_cast<double>(parameters[static_cast<std::uint64_t>(p) * stride + slot]);
}

// Population loss and the norm of its gradient, S = double or a pack of doubles.
template <class Model, class S>
struct ObservePopulation {
  KGON_FUNCTION void operator()(const S* w, S& loss, S& gradient_norm) const {
    S gradient[Model::parameters];
    loss = typename Model::template Population<S>{}(w, gradient);
    S norm2(RealOf<S>(0));
    KGON_UNROLL
    for (int p = 0; p < Model::parameters; ++p) norm2 = fma(gradient[p], gradient[p], norm2);
    gradient_norm = square_root(norm2);
  }
};

// The cause of a failure from the squared norm that the failing step would have reached.
template <class Real>
KGON_FUNCTION MemberStatus failure_cause(Real norm2) {
  return norm2 - norm2 == Real(0) ? MemberStatus::diverged : MemberStatus::non_finite;
}

}  // namespace kgon
