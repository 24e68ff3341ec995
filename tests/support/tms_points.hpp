// Points at which TMS is tested: random ones with many kinds of degeneracy, and near-critical ones.
#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kgon/engine/catalogue.hpp"
#include "kgon/model/tms/shape.hpp"
#include "support/word_source.hpp"

namespace kgon::test {

template <int H, int C>
using Point = std::array<double, static_cast<std::size_t>(tms::Shape<H, C>::parameters)>;

template <int H, int C>
double& weight(Point<H, C>& w, int h, int i) {
  return w[static_cast<std::size_t>(tms::Shape<H, C>::weight(h, i))];
}
template <int H, int C>
double& bias(Point<H, C>& w, int i) {
  return w[static_cast<std::size_t>(tms::Shape<H, C>::bias(i))];
}

// A point of the catalogue, which has two rows; further rows are 0.
template <int H, int C>
Point<H, C> embedded(const std::vector<double>& parameters) {
  static_assert(H >= 2);
  Point<H, C> w{};
  for (int i = 0; i < C; ++i) {
    const auto column = static_cast<std::size_t>(i);
    weight<H, C>(w, 0, i) = parameters[column];
    weight<H, C>(w, 1, i) = parameters[C + column];
    bias<H, C>(w, i) = parameters[2 * C + column];
  }
  return w;
}

// Turns rows g and h.
template <int H, int C>
void rotate(Point<H, C>& w, int g, int h, double angle) {
  const double c = std::cos(angle), s = std::sin(angle);
  for (int i = 0; i < C; ++i) {
    const double x = weight<H, C>(w, g, i), y = weight<H, C>(w, h, i);
    weight<H, C>(w, g, i) = c * x - s * y;
    weight<H, C>(w, h, i) = s * x + c * y;
  }
}

// Column order[i] of the result is column i of w.
template <int H, int C>
Point<H, C> permuted(Point<H, C> w, const std::array<int, C>& order) {
  Point<H, C> result;
  for (int i = 0; i < C; ++i) {
    const int to = order[static_cast<std::size_t>(i)];
    for (int h = 0; h < H; ++h) weight<H, C>(result, h, to) = weight<H, C>(w, h, i);
    bias<H, C>(result, to) = bias<H, C>(w, i);
  }
  return result;
}

template <int C>
std::array<int, C> random_order(WordSource& source) {
  std::array<int, C> order;
  for (std::size_t i = 0; i < C; ++i) {
    const std::size_t j = source.below(static_cast<std::uint32_t>(i) + 1);
    order[i] = order[j];
    order[j] = static_cast<int>(i);
  }
  return order;
}

// Point after point, of all kinds in turn.
template <int H, int C>
class PointSource {
 public:
  explicit PointSource(std::uint32_t seed) : source_(seed) {
    for (const auto& point : tms::critical_points(C, -0.5)) catalogue_.push_back(point.parameters);
  }

  Point<H, C> next() {
    switch (kind_++ % 8) {
      case 0:
        return random(0.3, 0.1);
      case 1:
        return random(1, 0.5);
      case 2:
        return random(2, 1);
      case 3: {  // zero columns, some with bias zero
        auto w = random(1, 0.5);
        clear_column(w, source_.below(C));
        const std::uint32_t i = source_.below(C);
        clear_column(w, i);
        bias<H, C>(w, static_cast<int>(i)) = 0;
        return w;
      }
      case 4:  // zero biases
        return random(1, 0);
      case 5: {  // columns twice, and opposite
        auto w = random(1, 0.5);
        for (int h = 0; h < H; ++h) {
          weight<H, C>(w, h, 1) = weight<H, C>(w, h, 0);
          weight<H, C>(w, h, 2) = -weight<H, C>(w, h, 0);
        }
        return w;
      }
      default:
        return near_critical(std::pow(10.0, -1 - 2 * source_.uniform()));
    }
  }

  // Whether the latest point of next() is one of those whose gradient all but cancels.
  bool was_near_critical() const { return (kind_ - 1) % 8 >= 6; }

  Point<H, C> random(double scale, double bias_scale) {
    Point<H, C> w;
    for (int p = 0; p < tms::Shape<H, C>::parameters; ++p) {
      const double s = p < tms::Shape<H, C>::weights ? scale : bias_scale;
      w[static_cast<std::size_t>(p)] = s * source_.normal();
    }
    return w;
  }

  Point<H, C> near_critical(double noise) {
    const auto k = source_.below(static_cast<std::uint32_t>(catalogue_.size()));
    auto w = embedded<H, C>(catalogue_[k]);
    for (double& entry : w) entry += noise * source_.normal();
    return w;
  }

  WordSource& source() { return source_; }

 private:
  void clear_column(Point<H, C>& w, std::uint32_t i) {
    for (int h = 0; h < H; ++h) weight<H, C>(w, h, static_cast<int>(i)) = 0;
  }

  WordSource source_;
  std::vector<std::vector<double>> catalogue_;
  std::uint32_t kind_ = 0;
};

// Parameters as another type.
template <class Real, std::size_t N>
std::array<Real, N> rounded(const std::array<double, N>& w) {
  std::array<Real, N> result;
  for (std::size_t p = 0; p < N; ++p) result[p] = static_cast<Real>(w[p]);
  return result;
}
template <class Real, std::size_t N>
std::array<double, N> widened(const std::array<Real, N>& w) {
  std::array<double, N> result;
  for (std::size_t p = 0; p < N; ++p) result[p] = static_cast<double>(w[p]);
  return result;
}

template <class Range>
double norm(const Range& x) {
  double sum = 0;
  for (const auto entry : x) sum += static_cast<double>(entry) * static_cast<double>(entry);
  return std::sqrt(sum);
}

// |g - truth| / |truth|. Where the gradient all but cancels, no arithmetic of limited precision has
// a small relative error: `contributions` is the norm of the sums of absolute contributions, with
// each residual mu (sum_h W_hi W_hj - [i = j]) + b_j entering by its absolute terms (in a 4-gon
// W_i . W_j cancels to the noise), and |truth| counts as no less than 1/100 of that.
template <class Range>
double relative_error(const Range& g, const Range& truth, double contributions) {
  Range difference = g;
  for (std::size_t p = 0; p < g.size(); ++p) difference[p] -= truth[p];
  return norm(difference) / std::max({norm(truth), contributions / 100, 1e-300});
}

}  // namespace kgon::test
