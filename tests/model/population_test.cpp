#include "kgon/model/tms/population.hpp"

#include <gtest/gtest.h>

#include "support/lanes.hpp"
#include "support/tms_points.hpp"
#include "support/tms_reference.hpp"
#include "support/worse.hpp"

namespace kgon::tms {
namespace {

using test::dot;
using test::Point;
using test::PointSource;

// Lemma 3.1 of arXiv 2310.06301 as it stands there.
template <int H, int C>
double lemma(const Point<H, C>& point) {
  Point<H, C> w = point;
  double sum = 0;
  for (int i = 0; i < C; ++i) {
    const double b = test::bias<H, C>(w, i), l2 = dot<H, C>(w, i, i);
    const double own = (1 - l2) * (1 - l2) - 3 * (1 - l2) * b + 3 * b * b;
    if (b <= 0) {
      for (int j = 0; j < C; ++j) {
        const double a = dot<H, C>(w, i, j);
        if (j != i && a > 0 && -a <= b) sum += (a + b) * (a + b) * (a + b) / a;
      }
      sum += l2 > 0 && -l2 <= b ? b * b * b / (l2 * l2) + b * b * b / l2 + own : 1;
    } else {
      for (int j = 0; j < C; ++j) {
        const double a = dot<H, C>(w, i, j);
        if (j != i) sum += -a > b ? -b * b * b / a : a * a + 3 * a * b + 3 * b * b;
      }
      sum += own;
    }
  }
  return sum / (3 * C);
}

template <int H, int C>
double loss_of(const Point<H, C>& w, Point<H, C>* gradient = nullptr) {
  Point<H, C> g;
  const double loss = PopulationLoss<double, H, C>{}(w.data(), g.data());
  if (gradient != nullptr) *gradient = g;
  return loss;
}

// The gradient from the moments of mu over the interval where a unit fires: M_p = int mu^p. Also
// the contributions that `relative_error` asks for.
template <int H, int C>
Point<H, C> moment_gradient(Point<H, C> w, double& contributions) {
  Point<H, C> gradient{}, absolute{};
  const auto add = [&](int p, double x, double size) {
    gradient[static_cast<std::size_t>(p)] += x;
    absolute[static_cast<std::size_t>(p)] += size;
  };
  using Layout = Shape<H, C>;
  for (int i = 0; i < C; ++i) {
    for (int j = 0; j < C; ++j) {
      const double a = dot<H, C>(w, i, j), b = test::bias<H, C>(w, j);
      const double d = a - (i == j ? 1 : 0);
      double low = 0, high = 1;
      if (a > 0) low = std::clamp(-b / a, 0.0, 1.0);
      if (a < 0) high = std::clamp(-b / a, 0.0, 1.0);
      if (a == 0 && b <= 0) high = 0;
      const double m0 = high - low, m1 = (high * high - low * low) / 2;
      const double m2 = (high * high * high - low * low * low) / 3;
      const double terms = test::absolute_difference<H, C>(w, i, j);
      add(Layout::bias(j), 2 * (d * m1 + b * m0) / C, 2 * (terms * m1 + std::abs(b) * m0) / C);
      const double by_dot = 2 * (d * m2 + b * m1) / C;
      const double size = 2 * (terms * m2 + std::abs(b) * m1) / C;
      for (int h = 0; h < H; ++h) {
        const double w_i = test::weight<H, C>(w, h, i), w_j = test::weight<H, C>(w, h, j);
        add(Layout::weight(h, i), by_dot * w_j, size * std::abs(w_j));
        add(Layout::weight(h, j), by_dot * w_i, size * std::abs(w_i));
      }
    }
  }
  contributions = test::norm(absolute);
  return gradient;
}

template <class Sizes>
class Population : public testing::Test {};
template <int H, int C>
struct Size {
  static constexpr int hidden = H, features = C;
};
using Sizes =
    testing::Types<Size<2, 3>, Size<2, 4>, Size<2, 5>, Size<2, 6>, Size<2, 8>, Size<3, 6>>;
TYPED_TEST_SUITE(Population, Sizes);

TYPED_TEST(Population, LossIsLemma31) {
  constexpr int H = TypeParam::hidden, C = TypeParam::features;
  PointSource<H, C> points(1);
  for (int round = 0; round < 5000; ++round) {
    const auto w = points.next();
    const double expected = lemma<H, C>(w);
    ASSERT_NEAR((loss_of<H, C>(w)), expected, 1e-12 * std::max(1.0, expected)) << round;
  }
}

TYPED_TEST(Population, GradientIsTheMoments) {
  constexpr int H = TypeParam::hidden, C = TypeParam::features;
  PointSource<H, C> points(2);
  for (int round = 0; round < 5000; ++round) {
    const auto w = points.next();
    double contributions;
    const auto expected = moment_gradient<H, C>(w, contributions);
    Point<H, C> gradient;
    loss_of<H, C>(w, &gradient);
    ASSERT_LT(test::relative_error(gradient, expected, contributions), 1e-12) << round;
  }
}

TYPED_TEST(Population, GradientIsTheLossDifferentiated) {
  constexpr int H = TypeParam::hidden, C = TypeParam::features;
  PointSource<H, C> points(3);
  for (int round = 0; round < 1000; ++round) {
    const auto w = points.next();
    Point<H, C> gradient;
    loss_of<H, C>(w, &gradient);
    // L is C1 with kinks in its slope, at a bias of 0 beside a zero column even in L itself; the
    // differences do not see a kink unless it lies within h.
    if (round % 8 == 3) continue;
    const double h = 1e-6, allowed = 1e-5 * std::max(1.0, test::norm(gradient));
    for (std::size_t p = 0; p < w.size(); ++p) {
      auto above = w, below = w;
      above[p] += h;
      below[p] -= h;
      const double difference = (loss_of<H, C>(above) - loss_of<H, C>(below)) / (2 * h);
      ASSERT_NEAR(gradient[p], difference, allowed) << round << ", parameter " << p;
    }
  }
}

TYPED_TEST(Population, InvariantUnderRotationAndPermutation) {
  constexpr int H = TypeParam::hidden, C = TypeParam::features;
  PointSource<H, C> points(4);
  for (int round = 0; round < 1000; ++round) {
    const auto w = points.next();
    if (round % 8 == 3 || round % 8 == 5) continue;  // a turn moves exact zeros off zero
    Point<H, C> gradient, turned_gradient, moved_gradient;
    const double loss = loss_of<H, C>(w, &gradient);
    auto turned = w;
    const double angle = 7 * points.source().uniform();
    for (int h = 1; h < H; ++h) test::rotate<H, C>(turned, 0, h, angle);
    EXPECT_NEAR((loss_of<H, C>(turned, &turned_gradient)), loss, 1e-12 * std::max(1.0, loss));
    EXPECT_NEAR(test::norm(turned_gradient), test::norm(gradient),
                1e-11 * std::max(1.0, test::norm(gradient)));
    const auto order = test::random_order<C>(points.source());
    EXPECT_NEAR((loss_of<H, C>(test::permuted<H, C>(w, order), &moved_gradient)), loss,
                1e-12 * std::max(1.0, loss));
    const auto expected = test::permuted<H, C>(gradient, order);
    for (std::size_t p = 0; p < expected.size(); ++p) {
      EXPECT_NEAR(moved_gradient[p], expected[p], 1e-12 * std::max(1.0, test::norm(gradient)));
    }
  }
}

TYPED_TEST(Population, FloatGradientWithinOneIn100000) {
  constexpr int H = TypeParam::hidden, C = TypeParam::features;
  PointSource<H, C> points(5);
  double farthest = 0;
  for (int round = 0; round < 10000; ++round) {
    const auto narrow = test::rounded<float>(points.next());
    auto gradient = narrow;
    const double loss = PopulationLoss<float, H, C>{}(narrow.data(), gradient.data());
    const Point<H, C> w = test::widened(narrow);
    double contributions;
    const auto expected = moment_gradient<H, C>(w, contributions);
    const double error = test::relative_error(test::widened(gradient), expected, contributions);
    farthest = test::worse(farthest, error);
    if (!points.was_near_critical())
      farthest = test::worse(farthest, test::relative_error(test::widened(gradient), expected, 0));
    const double exact = lemma<H, C>(w);
    ASSERT_NEAR(loss, exact, 1e-5 * std::max(exact, 0.01)) << round;
  }
  EXPECT_LT(farthest, 1e-5);
}

template <class S, int H, int C>
void expect_population_pack_bits() {
  using Real = RealOf<S>;
  PointSource<H, C> points(6);
  for (int round = 0; round < 500; ++round) {
    std::array<S, static_cast<std::size_t>(Shape<H, C>::parameters)> w, gradient;
    std::vector<std::array<Real, w.size()>> alone;
    for (int l = 0; l < test::lanes_of<S>; ++l) {
      alone.push_back(test::rounded<Real>(points.next()));
      for (std::size_t p = 0; p < w.size(); ++p) test::set_lane(w[p], l, alone.back()[p]);
    }
    const WideOf<S> loss = PopulationLoss<S, H, C>{}(w.data(), gradient.data());
    for (int l = 0; l < test::lanes_of<S>; ++l) {
      auto g = alone[static_cast<std::size_t>(l)];
      const double expected =
          PopulationLoss<Real, H, C>{}(alone[static_cast<std::size_t>(l)].data(), g.data());
      ASSERT_EQ(test::lane(loss, l), expected);
      for (std::size_t p = 0; p < w.size(); ++p) {
        ASSERT_EQ(test::bits_of(Real(test::lane(gradient[p], l))), test::bits_of(g[p]));
      }
    }
  }
}

TEST(PopulationPacks, HaveTheBitsOfScalars) {
  expect_population_pack_bits<Pack<float, 4>, 2, 6>();
  expect_population_pack_bits<Pack<float, 8>, 2, 5>();
  expect_population_pack_bits<Pack<double, 2>, 2, 6>();
  expect_population_pack_bits<Pack<double, 4>, 3, 6>();
}

}  // namespace
}  // namespace kgon::tms
