#include "kgon/model/tms/classify.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "kgon/model/tms/population.hpp"
#include "support/tms_points.hpp"

namespace kgon::tms {
namespace {

using test::Point;
using test::WordSource;

template <class Features>
class Classifier : public testing::Test {
 protected:
  static constexpr int C = Features::value;
  using P = Point<2, C>;

  PhaseObservation observe(const P& w) const {
    P gradient;
    const double loss = PopulationLoss<double, 2, C>{}(w.data(), gradient.data());
    return PhaseClassifier<2, C>{&levels_}(w.data(), loss, test::norm(gradient));
  }
  void expect(const P& w, const CriticalPoint& point, bool plateau = true) const {
    const auto seen = observe(w);
    EXPECT_EQ(phase_label(seen.phase), point.label) << C;
    EXPECT_TRUE(seen.on_plateau || !plateau) << C << ", " << point.label;
  }
  static P at(const CriticalPoint& point) { return test::embedded<2, C>(point.parameters); }

  PhaseLevels levels_ = phase_levels(C);
  WordSource source_{1};
};

using Features = testing::Types<std::integral_constant<int, 4>, std::integral_constant<int, 5>,
                                std::integral_constant<int, 6>, std::integral_constant<int, 7>,
                                std::integral_constant<int, 8>>;
TYPED_TEST_SUITE(Classifier, Features);

TYPED_TEST(Classifier, CataloguePointsHaveTheirLabels) {
  for (const double dead_bias : {0.0, -0.1, -1.0}) {
    for (const auto& point : critical_points(this->C, dead_bias)) {
      this->expect(this->at(point), point);
      const auto seen = this->observe(this->at(point));
      EXPECT_EQ(phase_vertices(seen.hull_phase), point.k) << point.label;
      EXPECT_EQ(seen.negative_biases, point.phi) << point.label;
    }
  }
}

// By k alone, and only where label and hull agree that it is another.
TEST(PhaseObservation, KnowsAnotherGon) {
  const auto seen = [](PhaseCode label, PhaseCode hull) {
    return PhaseObservation{label, hull, 0, false};
  };
  const PhaseCode five = phase_code(5, 0, 0), five_plus = phase_code(5, 1, 0);
  EXPECT_TRUE(seen(phase_code(6, 0, 0), phase_code(6, 2, 0)).is_another_gon(five, five));
  // The sign of the dead bias.
  EXPECT_FALSE(seen(five_plus, five_plus).is_another_gon(five, five));
  EXPECT_FALSE(seen(five, five).is_another_gon(five_plus, five_plus));
  // A dead column that looks out of the hull, and a vertex that is shorter than the label allows.
  EXPECT_FALSE(seen(five, phase_code(6, 0, 0)).is_another_gon(five, five));
  EXPECT_FALSE(seen(phase_code(4, 0, 0), five).is_another_gon(five, five));
  EXPECT_FALSE(seen(phase_other, phase_code(6, 0, 0)).is_another_gon(five, five));
}

TYPED_TEST(Classifier, RotatedAndPermuted) {
  for (const auto& point : critical_points(this->C, -0.3)) {
    for (int round = 0; round < 50; ++round) {
      auto w = this->at(point);
      test::rotate<2, TypeParam::value>(w, 0, 1, 7 * this->source_.uniform());
      w = test::permuted<2, TypeParam::value>(w,
                                              test::random_order<TypeParam::value>(this->source_));
      this->expect(w, point);
    }
  }
}

TYPED_TEST(Classifier, Noise) {
  for (const auto& point : critical_points(this->C, -0.3)) {
    for (int round = 0; round < 50; ++round) {
      auto w = this->at(point);
      for (double& entry : w) entry += 0.005 * this->source_.normal();
      // A norm of the noise of 0.025 times curvatures of 2 reaches the allowed gradient at times.
      this->expect(w, point, false);
    }
  }
}

TYPED_TEST(Classifier, DeadColumnsMayDrift) {
  constexpr int C = TypeParam::value;
  for (const auto& point : critical_points(C, -0.5)) {
    for (int round = 0; round < 20; ++round) {
      auto w = this->at(point);
      for (int i = 0; i < C; ++i) {
        if (test::weight<2, C>(w, 0, i) != 0 || test::weight<2, C>(w, 1, i) != 0) continue;
        const double angle = 7 * this->source_.uniform();
        test::weight<2, C>(w, 0, i) = 0.2 * point.length * std::cos(angle);
        test::weight<2, C>(w, 1, i) = 0.2 * point.length * std::sin(angle);
      }
      this->expect(w, point, false);
    }
  }
}

TYPED_TEST(Classifier, OtherStructures) {
  constexpr int C = TypeParam::value;
  using P = Point<2, C>;
  const auto start = test::embedded<2, C>(standard_point(phase_code(4, 0, 0), C, -1));
  const auto label = [&](const P& w) { return phase_label(this->observe(w).phase); };
  P w = start;
  EXPECT_EQ(label(w), "4");
  EXPECT_EQ(label(P{}), "other");  // no column at all
  for (int i = 0; i < 2 * C; ++i) w[static_cast<std::size_t>(i)] *= 0.5;
  EXPECT_EQ(label(w), "other") << "too short";
  for (int i = 0; i < 2 * C; ++i) w[static_cast<std::size_t>(i)] *= 3;
  EXPECT_EQ(label(w), "other") << "too long";
  w = start;
  test::weight<2, C>(w, 0, 0) *= 1.6;
  EXPECT_EQ(label(w), "other") << "one vertex too long";
  w = start;
  const double angle = 0.5;
  test::weight<2, C>(w, 0, 0) = std::cos(angle);
  test::weight<2, C>(w, 1, 0) = std::sin(angle);
  EXPECT_EQ(label(w), "other") << "one vertex turned towards its neighbour";
  if constexpr (C > 4) {
    w = start;
    test::weight<2, C>(w, 0, 4) = test::weight<2, C>(w, 0, 0);
    test::weight<2, C>(w, 1, 4) = test::weight<2, C>(w, 1, 0);
    EXPECT_EQ(label(w), "other") << "two columns at one vertex";
  }
  P line{};
  for (int i = 0; i < C; ++i) test::weight<2, C>(line, 0, i) = i;
  EXPECT_EQ(label(line), "other") << "on a line";
}

TYPED_TEST(Classifier, PlateauNeedsLossAndGradient) {
  constexpr int C = TypeParam::value;
  const PhaseClassifier<2, C> classify{&this->levels_};
  for (const auto& point : critical_points(C, -1)) {
    const auto w = this->at(point);
    const double step = 1.0 / (4 * C * C);
    EXPECT_TRUE(classify(w.data(), point.loss, 0).on_plateau);
    EXPECT_TRUE(classify(w.data(), point.loss + 0.4 * step, 0.04).on_plateau);
    EXPECT_FALSE(classify(w.data(), point.loss + 0.5 * step, 0).on_plateau);
    EXPECT_FALSE(classify(w.data(), point.loss - 0.5 * step, 0).on_plateau);
    EXPECT_FALSE(classify(w.data(), point.loss, 0.06).on_plateau);
    const double nan = std::numeric_limits<double>::quiet_NaN();
    EXPECT_FALSE(classify(w.data(), nan, 0).on_plateau);
    EXPECT_FALSE(classify(w.data(), point.loss, nan).on_plateau);
  }
}

// A point without a label still has its hull, its positive and its large negative biases.
TEST(ClassifierOfOther, CountsNegativeBiases) {
  constexpr int C = 6;
  const PhaseLevels levels = phase_levels(C);
  auto w = test::embedded<2, C>(standard_point(phase_code(4, 0, 2), C, -1));
  // A third long silent column on one of those that fire: no label has that.
  for (int row = 0; row < 2; ++row) test::weight<2, C>(w, row, 4) = test::weight<2, C>(w, row, 3);
  constexpr auto bias = static_cast<std::size_t>(Shape<2, C>::bias(4));
  w[bias] = -4;
  const auto seen = PhaseClassifier<2, C>{&levels}(w.data(), 0.2, 0);
  EXPECT_EQ(seen.phase, phase_other);
  EXPECT_EQ(seen.negative_biases, 3);
  EXPECT_EQ(phase_vertices(seen.hull_phase), 4);
  w[bias] = 0;
  EXPECT_EQ((PhaseClassifier<2, C>{&levels}(w.data(), 0.2, 0).negative_biases), 2);
}

TEST(ClassifierOfThreeRows, KnowsNoPhases) {
  const PhaseLevels levels = phase_levels(6);
  const Point<3, 6> w{};
  const auto seen = PhaseClassifier<3, 6>{&levels}(w.data(), 0.1, 0);
  EXPECT_EQ(seen.phase, phase_other);
  EXPECT_FALSE(seen.on_plateau);
}

// Andrew's monotone chain over distinct points; points on an edge are no vertices.
template <int C>
int chain_vertices(Point<2, C> w) {
  using Pair = std::pair<double, double>;
  std::set<Pair> distinct;
  for (int i = 0; i < C; ++i) {
    distinct.insert({test::weight<2, C>(w, 0, i), test::weight<2, C>(w, 1, i)});
  }
  std::vector<Pair> points(distinct.begin(), distinct.end());
  if (points.size() <= 2) return static_cast<int>(points.size());
  const auto turn = [](Pair a, Pair b, Pair c) {
    return (b.first - a.first) * (c.second - a.second) -
           (b.second - a.second) * (c.first - a.first);
  };
  int vertices = 0;
  for (int half = 0; half < 2; ++half) {
    std::vector<Pair> chain;
    for (const Pair& p : points) {
      while (chain.size() >= 2 && turn(chain[chain.size() - 2], chain.back(), p) <= 0) {
        chain.pop_back();
      }
      chain.push_back(p);
    }
    vertices += static_cast<int>(chain.size()) - 1;
    std::reverse(points.begin(), points.end());
  }
  return vertices;
}

template <int C>
int hull(const Point<2, C>& w) {
  const PhaseLevels levels;
  const PhaseClassifier<2, C> classify{&levels};
  return classify.hull_vertices(w.data(), classify.longest_squared(w.data()));
}

template <int C>
void expect_hulls() {
  WordSource source(1);
  for (int round = 0; round < 20000; ++round) {
    Point<2, C> w{};
    for (int p = 0; p < 2 * C; ++p) {
      // A small grid gives points twice, on edges and all on a line; every product is exact.
      const std::uint32_t side = 2 + static_cast<std::uint32_t>(round % 4);
      const double x = round % 5 == 0 ? source.normal() : static_cast<double>(source.below(side));
      w[static_cast<std::size_t>(p)] = x;
    }
    const double scale = round % 3 == 0 ? 1.0 : std::ldexp(1.0, round % 7 - 3);
    for (double& x : w) x *= scale;
    ASSERT_EQ(hull<C>(w), chain_vertices<C>(w)) << round;
    // Turned, the exact cases become nearly exact ones, which the tolerances have to catch.
    test::rotate<2, C>(w, 0, 1, 7 * source.uniform());
    const int turned = hull<C>(w);
    test::rotate<2, C>(w, 0, 1, 1.0);
    ASSERT_EQ(hull<C>(w), turned) << round;
  }
}

TEST(HullVertices, EqualTheMonotoneChain) {
  expect_hulls<3>();
  expect_hulls<5>();
  expect_hulls<6>();
  expect_hulls<8>();
}

TEST(HullVertices, DegenerateColumns) {
  Point<2, 6> w{};
  EXPECT_EQ(hull<6>(w), 1) << "all zero";
  test::weight<2, 6>(w, 0, 3) = 1;
  EXPECT_EQ(hull<6>(w), 2) << "one point and zeros";
  for (int i = 0; i < 6; ++i) test::weight<2, 6>(w, 0, i) = 0.1 * i;
  EXPECT_EQ(hull<6>(w), 2) << "on a line through 0";
  for (int i = 0; i < 6; ++i) test::weight<2, 6>(w, 1, i) = 1 - 0.3 * i;
  EXPECT_EQ(hull<6>(w), 2) << "on a line beside 0";
  for (double& x : w) x = 0.5;
  EXPECT_EQ(hull<6>(w), 1) << "one point six times";
  // A square with two tiny columns, near 0 and near a vertex.
  w = test::embedded<2, 6>(standard_point(phase_code(4, 0, 0), 6, -1));
  test::weight<2, 6>(w, 0, 4) = 1e-9;
  test::weight<2, 6>(w, 0, 5) = 1 + 1e-8;
  EXPECT_EQ(hull<6>(w), 4);
  // A hull of tiny columns alone.
  for (double& x : w) x *= 1e-30;
  EXPECT_EQ(hull<6>(w), 4);
}

}  // namespace
}  // namespace kgon::tms
