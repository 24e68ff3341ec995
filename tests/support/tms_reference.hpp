// TMS in plain loops over double, from the formulas, sharing no arithmetic with kgon/model.
#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

#include "support/tms_points.hpp"

namespace kgon::test {

struct PlainSample {
  int feature;
  double size;
};

inline PlainSample unpacked(std::uint32_t sample) {
  return {static_cast<int>(sample >> 23), ((sample & 0x7fffff) + 1) / 8388608.0};
}

// W_i . W_j
template <int H, int C>
double dot(Point<H, C> w, int i, int j) {
  double sum = 0;
  for (int h = 0; h < H; ++h) sum += weight<H, C>(w, h, i) * weight<H, C>(w, h, j);
  return sum;
}

// sum_h |W_hi W_hj| + [i = j]: the terms that make up W_i . W_j - [i = j].
template <int H, int C>
double absolute_difference(Point<H, C> w, int i, int j) {
  double sum = i == j ? 1 : 0;
  for (int h = 0; h < H; ++h) sum += std::abs(weight<H, C>(w, h, i) * weight<H, C>(w, h, j));
  return sum;
}

template <int H, int C>
struct PlainGradient {
  double loss = 0;
  Point<H, C> gradient{};
  Point<H, C> absolute{};                      // sums of the absolute terms, see `relative_error`
  std::array<std::array<int, C>, C> active{};  // samples of feature i that make unit j fire
};

// Mean over the samples of |x - f(x)|^2. fires(i, j, mu) decides whether a unit is active, because
// that hangs on the last bit of the arithmetic where a unit is about to fire.
template <int H, int C, class Fires>
PlainGradient<H, C> plain_gradient(Point<H, C> w, const std::vector<std::uint32_t>& samples,
                                   const Fires& fires) {
  PlainGradient<H, C> result;
  const double n = static_cast<double>(samples.size());
  double a[C][C], terms[C][C];
  for (int i = 0; i < C; ++i) {
    for (int j = 0; j < C; ++j) {
      a[i][j] = dot<H, C>(w, i, j);
      terms[i][j] = absolute_difference<H, C>(w, i, j);
    }
  }
  for (const std::uint32_t sample : samples) {
    const auto [i, mu] = unpacked(sample);
    for (int j = 0; j < C; ++j) {
      const double target = i == j ? mu : 0;
      if (!fires(i, j, mu)) {
        result.loss += target * target / n;
        continue;
      }
      result.active[static_cast<std::size_t>(i)][static_cast<std::size_t>(j)] += 1;
      const double r = mu * a[i][j] + bias<H, C>(w, j) - target;
      result.loss += r * r / n;
      const double size = mu * terms[i][j] + std::abs(bias<H, C>(w, j));
      bias<H, C>(result.gradient, j) += 2 * r / n;
      bias<H, C>(result.absolute, j) += 2 * size / n;
      for (int h = 0; h < H; ++h) {
        const double w_i = weight<H, C>(w, h, i), w_j = weight<H, C>(w, h, j);
        weight<H, C>(result.gradient, h, i) += 2 * r * mu * w_j / n;
        weight<H, C>(result.gradient, h, j) += 2 * r * mu * w_i / n;
        weight<H, C>(result.absolute, h, i) += 2 * size * mu * std::abs(w_j) / n;
        weight<H, C>(result.absolute, h, j) += 2 * size * mu * std::abs(w_i) / n;
      }
    }
  }
  return result;
}

// The predicate of LoopLoss and SortedLoss in the arithmetic of Real: fma(mu, a_ij, b_j) > 0.
template <class Real, int H, int C>
auto kgon_predicate(const std::array<Real, static_cast<std::size_t>(H* C + C)>& w) {
  return [w](int i, int j, double mu) {
    Real a = Real(-0.0);
    for (int h = 0; h < H; ++h) {
      const auto row = static_cast<std::size_t>(h * C);
      a = std::fma(w[row + static_cast<std::size_t>(i)], w[row + static_cast<std::size_t>(j)], a);
    }
    return std::fma(static_cast<Real>(mu), a, w[static_cast<std::size_t>(H * C + j)]) > 0;
  };
}

}  // namespace kgon::test
