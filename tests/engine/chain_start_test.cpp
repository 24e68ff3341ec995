// The law of the points where chains start, and what they depend on.
#include "engine/chain_start.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "support/statistics.hpp"

namespace kgon {
namespace {

// Means, variances and the correlation of neighbouring entries, of a law that is symmetric.
void expect_moments(const std::vector<double>& points, std::size_t size, double variance,
                    double fourth) {
  const std::size_t chains = points.size() / size;
  for (std::size_t p = 0; p < size; ++p) {
    double sum = 0, squares = 0, products = 0;
    for (std::size_t c = 0; c < chains; ++c) {
      const double x = points[c * size + p], next = points[c * size + (p + 1) % size];
      sum += x;
      squares += x * x;
      products += x * next;
    }
    EXPECT_LT(std::abs(test::mean_z(sum, chains, 0, variance)), test::z_bound);
    EXPECT_LT(std::abs(test::mean_z(squares, chains, variance, fourth - variance * variance)),
              test::z_bound);
    EXPECT_LT(std::abs(test::mean_z(products, chains, 0, variance * variance)), test::z_bound);
  }
}

constexpr std::uint32_t many_chains = 4096;

TEST(ChainStarts, FromThePrior) {
  constexpr double s = 0.7;
  const auto points = chain_starts({}, 5, many_chains, 7, s);
  ASSERT_EQ(points.size(), many_chains * 7u);
  expect_moments(points, 7, s * s, 3 * s * s * s * s);
}

// On (-2, 2): variance 4 / 3, fourth moment 16 / 5. The prior does not matter.
TEST(ChainStarts, FromACube) {
  const ChainStart start{ChainStart::Kind::uniform, {}};
  const auto points = chain_starts(start, 5, many_chains, 7, 0.7);
  ASSERT_EQ(points.size(), many_chains * 7u);
  expect_moments(points, 7, 4.0 / 3, 16.0 / 5);
  EXPECT_TRUE(std::ranges::all_of(points, [](double x) { return x >= -2 && x < 2; }));
  EXPECT_EQ(points, chain_starts(start, 5, many_chains, 7, 3));
  std::vector<double> places;
  for (const double x : points) places.push_back((x + 2) / 4);
  EXPECT_LT(test::kolmogorov_z(places), test::z_bound);
}

TEST(ChainStarts, FromAPoint) {
  const std::vector<double> point{0.5, -1, 3};
  const auto points = chain_starts({ChainStart::Kind::point, point}, 5, many_chains, 3, 0.7);
  ASSERT_EQ(points.size(), many_chains * 3u);
  for (std::size_t k = 0; k < points.size(); ++k) ASSERT_EQ(points[k], point[k % 3]);
}

// Every kind but the point depends on chain and key.
TEST(ChainStarts, DependOnChainAndKey) {
  for (const auto kind : {ChainStart::Kind::prior, ChainStart::Kind::uniform}) {
    const auto few = chain_starts({kind, {}}, 5, 3, 7, 0.7),
               many = chain_starts({kind, {}}, 5, 4, 7, 0.7);
    EXPECT_TRUE(std::ranges::equal(few, std::span(many).first(3 * 7)));
    EXPECT_NE(few, chain_starts({kind, {}}, 6, 3, 7, 0.7));
  }
}

}  // namespace
}  // namespace kgon
