// Plain stochastic gradient descent, and plain gradient descent on the population loss.
#pragma once

#include "kgon/core/status.hpp"
#include "kgon/math/scalar.hpp"

namespace kgon {

// State of the members in the lanes of S between two looks. A lane fails at the first step whose
// result would be non-finite or too long; it keeps the parameters from before that step.
template <class S, int P>
struct SgdState {
  S parameters[P];
  MaskOf<S> alive;       // lanes that still move
  MaskOf<S> failed_now;  // lanes that failed in the latest step that reported a failure
  S failed_norm2;        // squared norm that the failing step would have reached
};

// The update w <- w - rate * direction with the guard above; used by every descent step.
template <class S, int P>
struct GuardedUpdate {
  S negative_rate;  // per lane, so that cells may share a pack
  S norm2_limit;

  // direction(p): component p of the descent direction. Returns whether any lane failed.
  template <class Direction>
  KGON_FUNCTION bool operator()(SgdState<S, P>& state, const Direction& direction) const {
    S candidate[P];
    S norm2(RealOf<S>(0));
    KGON_UNROLL
    for (int p = 0; p < P; ++p) {
      candidate[p] = fma(negative_rate, direction(p), state.parameters[p]);
      norm2 = fma(candidate[p], candidate[p], norm2);
    }
    const auto sound = norm2 < norm2_limit;  // false for NaN
    const auto moves = sound & state.alive;
    KGON_UNROLL
    for (int p = 0; p < P; ++p) {
      state.parameters[p] = select(moves, candidate[p], state.parameters[p]);
    }
    if (all(sound)) return false;
    state.failed_now = state.alive & !sound;
    state.failed_norm2 = norm2;
    state.alive = moves;
    return any(state.failed_now);
  }
};

// Adds the next `batch` samples of `draws` to a minibatch gradient at w. `Drawn` samples are drawn
// and `Group` of them added at a time (1, 2 or 4, Group <= Drawn); this changes speed, not bits.
template <int Drawn, int Group, class S, class Gradient, class Draws>
KGON_FUNCTION void add_minibatch(const S* w, Gradient& gradient, Draws& draws,
                                 std::uint32_t batch) {
  WordOf<S> drawn[Drawn];
  std::uint32_t left = batch;
  KGON_NO_UNROLL
  for (; left >= Drawn; left -= Drawn) {
    draws.next(drawn, Drawn);
    KGON_UNROLL
    for (int g = 0; g < Drawn; g += Group) {
      WordOf<S> samples[Group];
      KGON_UNROLL
      for (int k = 0; k < Group; ++k) samples[k] = drawn[g + k];
      gradient.template add<Group>(w, samples);
    }
  }
  if constexpr (Drawn > 1) {
    if (left > 0) {
      WordOf<S> rest[Drawn];
      draws.next(rest, static_cast<int>(left));
      KGON_UNROLL_ON_DEVICE
      for (int g = 0; g + 1 < Drawn; ++g) {
        if (static_cast<std::uint32_t>(g) >= left) break;
        const WordOf<S> last[1] = {rest[g]};
        gradient.template add<1>(w, last);
      }
    }
  }
}

// One SGD step on a minibatch: w <- w - lr * gradient of the minibatch mean of ||x - f(x, w)||^2.
// Drawn, Group: see add_minibatch.
template <class Model, class S, int Drawn, int Group>
struct SgdStep {
  GuardedUpdate<S, Model::parameters> update;  // negative_rate = -2 lr / batch
  std::uint32_t batch;

  // draws.next(samples, count): the lanes' next samples; columns, inputs: scratch of the model's
  // Columns type, contents irrelevant before and after. Returns whether a lane failed.
  template <class Draws, class Columns>
  KGON_FUNCTION bool operator()(SgdState<S, Model::parameters>& state, Draws& draws,
                                Columns& columns, Columns& inputs) const {
    KGON_UNROLL
    for (int p = 0; p < Model::column_entries; ++p) {
      columns.set(p, state.parameters[p]);
      inputs.set(p, S(RealOf<S>(0)));
    }
    typename Model::template Minibatch<S, Columns> gradient(columns, inputs);
    add_minibatch<Drawn, Group>(state.parameters, gradient, draws, batch);
    return update(state, [&](int p) KGON_LAMBDA { return gradient.total(p); });
  }
};

// One step of gradient descent on the exact population loss: w <- w - lr * dL/dw.
template <class Model, class S>
struct PopulationStep {
  GuardedUpdate<S, Model::parameters> update;  // negative_rate = -lr

  KGON_FUNCTION bool operator()(SgdState<S, Model::parameters>& state) const {
    S gradient[Model::parameters];
    typename Model::template UnrolledPopulation<S> loss;
    loss(state.parameters, gradient);
    return update(state, [&](int p) KGON_LAMBDA { return gradient[p]; });
  }
};

}  // namespace kgon
