#include "kgon/math/scalar.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/word_source.hpp"

namespace kgon {
namespace {

TEST(Scalar, FmaRoundsOnce) {
  // (1 + e)(1 - e) = 1 - e^2, and e^2 is lost by a product rounded by itself.
  const float e = std::numeric_limits<float>::epsilon();
  EXPECT_EQ(fma(1 + e, 1 - e, -1.0f), -e * e);
  const double d = std::numeric_limits<double>::epsilon();
  EXPECT_EQ(fma(1 + d, 1 - d, -1.0), -d * d);
}

TEST(Scalar, MultiplyWideIsTheFullProduct) {
  test::WordSource source(1);
  for (int round = 0; round < 100000; ++round) {
    const std::uint32_t a = source.word(), b = source.word();
    std::uint32_t low, high;
    multiply_wide(a, b, low, high);
    ASSERT_EQ(static_cast<std::uint64_t>(high) << 32 | low, static_cast<std::uint64_t>(a) * b);
  }
}

template <class T>
class SplitExponent : public testing::Test {};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(SplitExponent, Reals);

template <class T>
void expect_split(T x) {
  T mantissa, exponent;
  split_exponent(x, mantissa, exponent);
  ASSERT_EQ(std::ldexp(mantissa, static_cast<int>(exponent)), x);
  ASSERT_LT(mantissa, std::sqrt(T(2))) << x;
  // The bound is sqrt(1/2) cut off after the bits of T.
  ASSERT_GE(mantissa, std::nextafter(std::sqrt(T(0.5)), T(0))) << x;
}

TYPED_TEST(SplitExponent, GivesBackTheNumber) {
  using T = TypeParam;
  test::WordSource source(1);
  constexpr int lowest = std::numeric_limits<T>::min_exponent;
  constexpr std::uint32_t exponents = std::numeric_limits<T>::max_exponent - 1 - lowest;
  for (int round = 0; round < 100000; ++round) {
    const int exponent = lowest + static_cast<int>(source.below(exponents));
    expect_split(static_cast<T>(std::ldexp(1 + source.uniform(), exponent)));
  }
}

TYPED_TEST(SplitExponent, AtTheEdges) {
  using T = TypeParam;
  const T root = std::sqrt(T(0.5)), root2 = std::sqrt(T(2));
  for (const T x :
       {T(1), T(0.5), root, std::nextafter(root, T(0)), std::nextafter(root, T(1)), root2,
        std::nextafter(root2, T(0)), std::nextafter(root2, T(2)), std::nextafter(T(1), T(0)),
        std::ldexp(T(1), -33), std::numeric_limits<T>::min(), std::numeric_limits<T>::max()}) {
    expect_split(x);
  }
}

TEST(Scalar, ClampUnit) {
  EXPECT_EQ(clamp_unit(-1.0), 0.0);
  EXPECT_EQ(clamp_unit(0.25), 0.25);
  EXPECT_EQ(clamp_unit(1.5), 1.0);
  EXPECT_EQ(clamp_unit(std::numeric_limits<double>::infinity()), 1.0);
  EXPECT_EQ(clamp_unit(-std::numeric_limits<double>::infinity()), 0.0);
  EXPECT_EQ(clamp_unit(std::numeric_limits<double>::quiet_NaN()), 0.0);
}

TEST(Scalar, Conversions) {
  EXPECT_EQ(to_scalar<float>(0xffffffffu), -1.0f);
  EXPECT_EQ(to_scalar<double>(0x80000000u), -2147483648.0);
  EXPECT_EQ(to_scalar<float>((1u << 24) - 1), 16777215.0f);
  EXPECT_EQ(narrow<float>(0.1), 0.1f);
  EXPECT_EQ(narrow<double>(0.1), 0.1);
  EXPECT_EQ(minimum(3u, 0xffffffffu), 3u);
}

TEST(Scalar, SelectAndConditions) {
  EXPECT_EQ(select(true, 1, 2), 1);
  EXPECT_EQ(select(false, 1, 2), 2);
  EXPECT_TRUE(any(true) && all(true) && mask_for<float>(true) && word_mask<float>(true));
  EXPECT_FALSE(any(false) || all(false) || mask_for<float>(false) || word_mask<float>(false));
  const double table[] = {1, 2, 3};
  EXPECT_EQ(gather(table, 2), 3);
}

}  // namespace
}  // namespace kgon
