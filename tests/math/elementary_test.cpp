#include "kgon/math/elementary.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "support/lanes.hpp"
#include "support/word_source.hpp"
#include "support/worse.hpp"

namespace kgon {
namespace {

// |x - truth| in units of the last place of `truth` as a T.
template <class T>
double ulps(T x, long double truth) {
  if (truth == 0) return x == 0 ? 0 : std::numeric_limits<double>::infinity();
  const int exponent = std::max(std::ilogb(truth), std::numeric_limits<T>::min_exponent - 1);
  const long double unit = std::ldexp(1.0L, exponent - (std::numeric_limits<T>::digits - 1));
  return static_cast<double>(std::abs(static_cast<long double>(x) - truth) / unit);
}

template <class T>
class Elementary : public testing::Test {
 protected:
  // Arguments that the normals take: (0, 1], down to 2^-33, all sizes alike or uniform.
  T argument() {
    if (source_.word() % 2 == 0) {
      return static_cast<T>(
          std::ldexp(1 + source_.uniform(), -1 - static_cast<int>(source_.word() % 33)));
    }
    return static_cast<T>(source_.uniform());
  }
  test::WordSource source_{1};
};
using Reals = testing::Types<float, double>;
TYPED_TEST_SUITE(Elementary, Reals);

TEST(Worse, NoNumberHidesANan) {
  const double nan = std::nan("");
  for (const double number : {0.0, -1.0, 1e300}) {
    EXPECT_FALSE(test::worse(number, nan) < 1e308);
    EXPECT_FALSE(test::worse(nan, number) < 1e308);
    EXPECT_FALSE(test::worse(test::worse(0, nan), number) < 1e308);
  }
  EXPECT_EQ(test::worse(1, -2), -2);
  EXPECT_EQ(test::worse(3, -2), 3);
}

TYPED_TEST(Elementary, LogarithmWithinAnUlp) {
  using T = TypeParam;
  double farthest = 0;
  for (int round = 0; round < 1000000; ++round) {
    const T x = this->argument();
    farthest = test::worse(farthest, ulps(natural_log(x), std::log(static_cast<long double>(x))));
  }
  EXPECT_LE(farthest, 1.0);
}

TYPED_TEST(Elementary, LogarithmAtTheEdges) {
  using T = TypeParam;
  EXPECT_EQ(natural_log(T(1)), T(0));
  const T root = std::sqrt(T(0.5));
  double farthest = 0;
  for (const T edge : {T(1), root, T(0.5), std::ldexp(T(1), -33), T(2), std::sqrt(T(2))}) {
    T above = edge, below = edge;
    for (int step = 0; step < 1000; ++step) {
      for (const T x : {above, below}) {
        farthest =
            test::worse(farthest, ulps(natural_log(x), std::log(static_cast<long double>(x))));
      }
      above = std::nextafter(above, T(4));
      below = std::nextafter(below, T(0));
    }
  }
  EXPECT_LE(farthest, 1.0);
}

// The truth at the word without its low six bits.
template <class T>
double sin_cos_ulps(std::uint32_t word) {
  T sine, cosine;
  sin_cos_turn<T>(word, sine, cosine);
  // Reduced by symmetry so that the truth is exact near the zeros.
  const std::uint32_t used = word & ~63u;
  const std::uint32_t quadrant = (used + (1u << 29)) >> 30;
  const auto rest = static_cast<std::int32_t>(used - (quadrant << 30));
  const long double angle = rest * (6.283185307179586476925286766559L / 4294967296.0L);
  const long double s = std::sin(angle), c = std::cos(angle);
  const long double sines[] = {s, c, -s, -c}, cosines[] = {c, -s, -c, s};
  return test::worse(ulps(sine, sines[quadrant & 3]), ulps(cosine, cosines[quadrant & 3]));
}

TYPED_TEST(Elementary, SineAndCosineWithinTwoUlps) {
  double farthest = 0;
  for (int round = 0; round < 500000; ++round) {
    farthest = test::worse(farthest, sin_cos_ulps<TypeParam>(this->source_.word()));
  }
  for (std::uint32_t eighth = 0; eighth < 8; ++eighth) {
    for (std::uint32_t off = 0; off < 20000; ++off) {
      const std::uint32_t edge = eighth << 29;
      farthest = test::worse(farthest, sin_cos_ulps<TypeParam>(edge + off));
      farthest = test::worse(farthest, sin_cos_ulps<TypeParam>(edge - off));
    }
  }
  EXPECT_LE(farthest, 2.0);
}

TYPED_TEST(Elementary, SineAndCosineOnTheAxes) {
  using T = TypeParam;
  for (std::uint32_t quadrant = 0; quadrant < 4; ++quadrant) {
    const T sines[] = {0, 1, 0, -1}, cosines[] = {1, 0, -1, 0};
    T sine, cosine, same_sine, same_cosine;
    sin_cos_turn<T>(quadrant << 30, sine, cosine);
    EXPECT_EQ(sine, sines[quadrant]);
    EXPECT_EQ(cosine, cosines[quadrant]);
    sin_cos_turn<T>((quadrant << 30) + 63, same_sine, same_cosine);
    EXPECT_EQ(sine, same_sine);
    EXPECT_EQ(cosine, same_cosine);
  }
}

template <class P>
void expect_pack_bits() {
  using T = RealOf<P>;
  constexpr int L = test::lanes_of<P>;
  test::WordSource source(1);
  for (int round = 0; round < 100000; ++round) {
    P x, sine, cosine;
    WordOf<P> word;
    for (int l = 0; l < L; ++l) {
      x.v[l] = static_cast<T>(source.uniform());
      word.v[l] = source.word();
    }
    const P logarithm = natural_log(x);
    sin_cos_turn<P>(word, sine, cosine);
    for (int l = 0; l < L; ++l) {
      T s, c;
      sin_cos_turn<T>(word.v[l], s, c);
      ASSERT_EQ(test::bits_of(T(logarithm.v[l])), test::bits_of(natural_log(T(x.v[l]))));
      ASSERT_EQ(test::bits_of(T(sine.v[l])), test::bits_of(s));
      ASSERT_EQ(test::bits_of(T(cosine.v[l])), test::bits_of(c));
    }
  }
}

TEST(ElementaryPacks, HaveTheBitsOfScalars) {
  expect_pack_bits<Pack<float, 4>>();
  expect_pack_bits<Pack<float, 8>>();
  expect_pack_bits<Pack<double, 2>>();
  expect_pack_bits<Pack<double, 8>>();
}

}  // namespace
}  // namespace kgon
