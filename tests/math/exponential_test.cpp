#include "kgon/math/exponential.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/word_source.hpp"
#include "support/worse.hpp"

namespace kgon {
namespace {

constexpr int arguments = 100000;
constexpr double ulp_bound = 2;  // the header's promise
constexpr double infinite = std::numeric_limits<double>::infinity();

// |exponential(x) - e^x| in units of the last place of e^x, which is normal for |x| <= 700.
double ulps(double x) {
  const long double truth = std::exp(static_cast<long double>(x));
  const long double unit = std::ldexp(1.0L, std::ilogb(truth) - 52);
  return static_cast<double>((static_cast<long double>(exponential(x)) - truth) / unit);
}

TEST(Exponential, WithinTwoUlpsEverywhere) {
  test::WordSource source(1);
  double farthest = 0;
  for (int round = 0; round < arguments; ++round)
    farthest = test::worse(farthest, ulps(1400 * source.uniform() - 700));
  EXPECT_LT(std::abs(farthest), ulp_bound);
}

// Energy errors of a good trajectory are small: all sizes from 2^-60 to 1 alike, of both signs.
TEST(Exponential, WithinTwoUlpsNearZero) {
  test::WordSource source(1);
  double farthest = 0;
  for (int round = 0; round < arguments; ++round) {
    const double size = std::ldexp(1 + source.uniform(), -1 - static_cast<int>(source.below(60)));
    farthest = test::worse(farthest, test::worse(ulps(size), ulps(-size)));
  }
  EXPECT_LT(std::abs(farthest), ulp_bound);
}

// Odd multiples of ln(2) / 2 are where the power of two changes and the series is at its longest.
TEST(Exponential, WithinTwoUlpsWhereThePowerChanges) {
  double farthest = 0;
  for (int half = -2018; half <= 2018; ++half) {
    const double edge = half * (M_LN2 / 2);
    double above = edge, below = edge;
    for (int step = 0; step < 25; ++step) {
      farthest = test::worse(farthest, test::worse(ulps(above), ulps(below)));
      above = std::nextafter(above, infinite);
      below = std::nextafter(below, -infinite);
    }
  }
  EXPECT_LT(std::abs(farthest), ulp_bound);
}

TEST(Exponential, EndsOfItsRange) {
  EXPECT_LT(std::abs(ulps(700)), ulp_bound);
  EXPECT_LT(std::abs(ulps(-700)), ulp_bound);
  for (const double below : {std::nextafter(-700.0, -infinite), -701.0, -1e300, -infinite})
    EXPECT_EQ(exponential(below), 0) << below;
  EXPECT_EQ(exponential(std::numeric_limits<double>::quiet_NaN()), 0);
  for (const double above : {std::nextafter(700.0, infinite), 701.0, 1e300, infinite})
    EXPECT_EQ(exponential(above), exponential(700)) << above;
}

TEST(Exponential, OfZeroIsOne) {
  EXPECT_EQ(exponential(0.0), 1);
  EXPECT_EQ(exponential(-0.0), 1);
}

// A step of 4 epsilon, or of a place of x where that is more, takes e^x up by 4 of its places at
// least: more than two errors below 2 together.
TEST(Exponential, RisesWhereThePowerChanges) {
  constexpr int around = 200;
  constexpr double four_epsilon = 4 * std::numeric_limits<double>::epsilon();
  for (int half = -2018; half <= 2018; ++half) {
    const double edge = half * (M_LN2 / 2);
    const double place = std::nextafter(std::abs(edge), infinite) - std::abs(edge);
    const double fine = std::fmax(four_epsilon, place);
    double before = exponential(edge - (around + 1) * fine);
    for (int step = -around; step <= around; ++step) {
      const double now = exponential(edge + step * fine);
      ASSERT_GT(now, before) << half << ' ' << step;
      before = now;
    }
  }
}

}  // namespace
}  // namespace kgon
