// Shape and parameter layout of f(x) = ReLU(W^T W x + b), W in R^{H x C}.
#pragma once

#include <cstdint>

#include "kgon/math/scalar.hpp"

namespace kgon::tms {

// Parameters lie in one array: W row by row (W[h][i] at h C + i), then b.
template <int H, int C>
struct Shape {
  static constexpr int hidden = H;
  static constexpr int features = C;
  static constexpr int weights = H * C;
  static constexpr int parameters = H * C + C;
  static KGON_FUNCTION constexpr int weight(int h, int i) { return h * C + i; }
  static KGON_FUNCTION constexpr int bias(int i) { return H * C + i; }
};

// a_ij = W_i . W_j minus `offset` (1 on the diagonal gives a_ii - 1 without cancellation).
template <int H, int C, class S>
KGON_FUNCTION S column_dot(const S* w, int i, int j, S offset) {
  S dot = -offset;
  KGON_UNROLL
  for (int h = 0; h < H; ++h) {
    dot = fma(w[Shape<H, C>::weight(h, i)], w[Shape<H, C>::weight(h, j)], dot);
  }
  return dot;
}

// gradient += terms * dL/da_ij through both columns: d a_ij = W_j dW_i + W_i dW_j.
template <int H, int C, class S>
KGON_FUNCTION void add_dot_gradient(const S* w, int i, int j, S by_dot, S* gradient) {
  KGON_UNROLL
  for (int h = 0; h < H; ++h) {
    const int row_i = Shape<H, C>::weight(h, i), row_j = Shape<H, C>::weight(h, j);
    const S w_i = w[row_i], w_j = w[row_j];
    gradient[row_i] = fma(by_dot, w_j, gradient[row_i]);
    gradient[row_j] = fma(by_dot, w_i, gradient[row_j]);
  }
}

}  // namespace kgon::tms
