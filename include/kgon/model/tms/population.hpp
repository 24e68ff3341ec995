// Population loss L = E ||x - f(x)||^2 and its gradient, in closed form.
#pragma once

#include "kgon/model/tms/population_term.hpp"
#include "kgon/model/tms/shape.hpp"

namespace kgon::tms {

// L(w) of Lemma 3.1, arXiv 2310.06301 (unhalved, summed over coordinates).
// Rolled: on a device its loop over pairs stays a loop; beside the state of a chain, pairs that are
// read ahead would take more registers than there are.
template <class S, int H, int C, bool Rolled = false>
struct PopulationLoss {
  // w: [parameters]. Writes dL/dw to gradient: [parameters]; returns L, summed in double.
  KGON_FUNCTION WideOf<S> operator()(const S* w, S* gradient) const {
    using Layout = Shape<H, C>;
    WideOf<S> total(0.0);
    KGON_UNROLL
    for (int p = 0; p < Layout::parameters; ++p) gradient[p] = S(RealOf<S>(0));
    if constexpr (Rolled) {
      KGON_NO_UNROLL_ON_DEVICE
      for (int i = 0; i < C; ++i) add_input(w, i, gradient, total);
    } else {
      for (int i = 0; i < C; ++i) add_input(w, i, gradient, total);
    }
    return total * WideOf<S>(1.0 / C);
  }

 private:
  // What inputs of feature i add.
  static KGON_FUNCTION void add_input(const S* w, int i, S* gradient, WideOf<S>& total) {
    using Layout = Shape<H, C>;
    using Real = RealOf<S>;
    const S scale(Real(1.0 / C));
    for (int j = 0; j < C; ++j) {
      const bool same = i == j;
      const S dot = column_dot<H, C>(w, i, j, S(Real(0)));
      const S difference = same ? column_dot<H, C>(w, i, j, S(Real(1))) : dot;
      const auto term = population_term(dot, difference, w[Layout::bias(j)], same);
      total = total + widen(term.value);
      add_dot_gradient<H, C>(w, i, j, scale * term.by_dot, gradient);
      gradient[Layout::bias(j)] = fma(scale, term.by_bias, gradient[Layout::bias(j)]);
    }
  }
};

}  // namespace kgon::tms
