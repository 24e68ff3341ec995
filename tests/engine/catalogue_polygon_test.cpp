#include "engine/catalogue_polygon.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>

#include "engine/catalogue_population.hpp"

namespace kgon::tms {
namespace {

// Norm of the population gradient at k vertices with `solution` and no other column.
double gradient_norm_at(int k, const PolygonSolution& solution) {
  std::vector<double> point;
  for (int j = 0; j < k; ++j)
    point.push_back(solution.length * std::cos(2 * std::numbers::pi * j / k));
  for (int j = 0; j < k; ++j)
    point.push_back(solution.length * std::sin(2 * std::numbers::pi * j / k));
  point.insert(point.end(), static_cast<std::size_t>(k), solution.bias);
  double sum = 0;
  for (const double entry : host_population_gradient(point)) sum += entry * entry;
  return std::sqrt(sum);
}

TEST(Polygon, PublishedLengthsAndBiases) {
  const double expected[][3] = {{5, 1.1704596391, -0.2822972831},
                                {6, 1.3205263308, -0.6181351319},
                                {7, 1.4483937504, -0.9669063394},
                                {8, 1.5504496901, -1.2911926447}};
  for (const auto& [k, length, bias] : expected) {
    const auto solution = solve_polygon(static_cast<int>(k));
    ASSERT_TRUE(solution.has_value()) << k;
    EXPECT_NEAR(solution->length, length, 1e-10) << k;
    EXPECT_NEAR(solution->bias, bias, 1e-10) << k;
  }
}

TEST(Polygon, TriangleAndSquareAreExact) {
  for (const int k : {3, 4}) {
    const auto solution = solve_polygon(k);
    ASSERT_TRUE(solution.has_value());
    EXPECT_EQ(solution->length, 1.0);
    EXPECT_EQ(solution->bias, 0.0);
    EXPECT_FALSE(std::signbit(solution->bias));
  }
}

TEST(Polygon, SolutionsSolveTheSystemAndTheGradient) {
  for (const int k : {3, 4, 5, 6, 7, 8, 12}) {
    const auto solution = solve_polygon(k);
    ASSERT_TRUE(solution.has_value()) << k;
    const auto [first, second] = polygon_residual(k, *solution);
    EXPECT_LE(std::abs(first), 1e-12) << k;
    EXPECT_LE(std::abs(second), 1e-12) << k;
    EXPECT_LE(gradient_norm_at(k, *solution), 1e-12) << k;
  }
}

TEST(Polygon, TheGonConstraintAgreesWithTheGradient) {
  for (const int k : {5, 6, 7, 8, 12}) {
    const auto roots = polygon_roots(k);
    ASSERT_EQ(roots.size(), 2u) << k;
    EXPECT_TRUE(roots[0].is_gon) << k;
    EXPECT_FALSE(roots[1].is_gon) << k;
    const auto [first, second] = polygon_residual(k, roots[1].solution);
    EXPECT_LE(std::hypot(first, second), 1e-12) << k;
    EXPECT_GT(gradient_norm_at(k, roots[1].solution), 1e-3) << k;
  }
}

TEST(Polygon, FalseRootOfTheTwelveGonIsRejected) {
  const PolygonRoot false_root = polygon_roots(12).back();
  EXPECT_NEAR(false_root.solution.length, 1.249750125913, 1e-11);
  EXPECT_NEAR(false_root.solution.bias, -0.854830733482, 1e-11);
  EXPECT_FALSE(false_root.is_gon);
  // s = 2: the second neighbour's cosine is 1/2.
  EXPECT_GE(-std::pow(false_root.solution.length, 2) / 2, false_root.solution.bias);
  // What solve_polygon keeps is the other root.
  const auto kept = solve_polygon(12);
  ASSERT_TRUE(kept.has_value());
  EXPECT_NEAR(kept->length, 1.033215640346, 1e-11);
  EXPECT_NEAR(kept->bias, -0.466539316383, 1e-11);
}

TEST(Polygon, NoneFromNineOnWhereFourDoesNotDivide) {
  for (int k = 9; k <= 203; ++k) {
    if (k % 4 == 0) continue;
    std::string reason;
    EXPECT_FALSE(solve_polygon(k, &reason).has_value()) << k;
    EXPECT_FALSE(reason.empty()) << k;
  }
}

TEST(Polygon, FewerThanThreeVerticesAreNone) {
  for (const int k : {-1, 0, 1, 2}) {
    std::string reason;
    EXPECT_FALSE(solve_polygon(k, &reason).has_value());
    EXPECT_NE(reason.find("at least 3"), std::string::npos);
    EXPECT_THROW(polygon_roots(k), std::invalid_argument);
  }
}

TEST(Polygon, QuarterTurnsAreExact) {
  EXPECT_EQ(turn_direction<double>(2, 8), (std::array<double, 2>{0.0, 1.0}));
  EXPECT_EQ(turn_direction<double>(6, 12), (std::array<double, 2>{-1.0, 0.0}));
  EXPECT_EQ(turn_direction<double>(-1, 4), (std::array<double, 2>{0.0, -1.0}));
  for (int j = 0; j < 7; ++j) {
    EXPECT_NEAR(turn_direction<double>(j, 7)[0], std::cos(2 * std::numbers::pi * j / 7), 1e-15);
    EXPECT_NEAR(turn_direction<double>(j, 7)[1], std::sin(2 * std::numbers::pi * j / 7), 1e-15);
  }
}

}  // namespace
}  // namespace kgon::tms
