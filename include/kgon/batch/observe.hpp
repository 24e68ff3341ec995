// What is seen of a member at a look or a record.
#pragma once

#include "kgon/core/status.hpp"
#include "kgon/math/scalar.hpp"
#include "kgon/model/tms/phase.hpp"

namespace kgon {

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

// Appends an arrival at a plateau whose label differs from the last one; counts on past `capacity`.
// phase, step: entry v at v * stride. `last` is the label of the latest arrival.
struct VisitLog {
  tms::PhaseCode* phase;
  std::uint64_t* step;
  std::uint32_t stride;
  std::uint32_t capacity;

  KGON_FUNCTION void arrive(tms::PhaseCode code, std::uint64_t at, tms::PhaseCode& last,
                            std::uint32_t& visits) const {
    if (code == last) return;
    last = code;
    if (visits < capacity) {
      phase[visits * stride] = code;
      step[visits * stride] = at;
    }
    ++visits;
  }
};

}  // namespace kgon
