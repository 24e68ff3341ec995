// Normals of kgon/rng/distributions.hpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kgon/rng/distributions.hpp"
#include "support/lanes.hpp"
#include "support/statistics.hpp"
#include "support/streams.hpp"
#include "support/word_source.hpp"

namespace kgon {
namespace {

// Pairs of normals, one after the other.
template <class Real>
std::vector<double> normals(const StreamId<std::uint32_t>& stream, std::size_t count) {
  std::vector<double> result;
  for (std::uint64_t block = 0; result.size() < count; ++block) {
    const auto words = philox(stream, Purpose::initial_noise, block);
    for (int k = 0; k < 4; k += 2) {
      Real first, second;
      normal_pair<Real>(words.word[k], words.word[k + 1], first, second);
      result.push_back(first);
      result.push_back(second);
    }
  }
  return result;
}

double normal_probability(double z) {
  return 0.5 * std::erfc(-z / std::sqrt(2.0));
}

// Moments 1 to 4; E z^2k = 1, 3, 15, 105 for k = 1..4.
double moments_score(const std::vector<double>& z) {
  double sum1 = 0, sum2 = 0, sum3 = 0, sum4 = 0;
  for (const double x : z) {
    sum1 += x;
    sum2 += x * x;
    sum3 += x * x * x;
    sum4 += x * x * x * x;
  }
  return test::worst({test::mean_z(sum1, z.size(), 0, 1), test::mean_z(sum2, z.size(), 1, 2),
                      test::mean_z(sum3, z.size(), 0, 15),
                      test::mean_z(sum4, z.size(), 3, 105 - 9)});
}

// 256 equally likely bins, and Kolmogorov and Smirnov.
double shape_score(const std::vector<double>& z) {
  std::vector<double> probabilities;
  std::vector<std::uint64_t> bins(256);
  for (const double x : z) {
    probabilities.push_back(normal_probability(x));
    bins[std::min<std::size_t>(255, static_cast<std::size_t>(probabilities.back() * 256))] += 1;
  }
  return test::worst({test::uniform_z(bins), test::kolmogorov_z(probabilities)});
}

// The two of a pair: correlation, that of their squares, and the angle in 64 sectors.
double pairs_score(const std::vector<double>& z) {
  double product = 0, squares = 0;
  std::vector<std::uint64_t> sectors(64);
  for (std::size_t k = 0; k + 1 < z.size(); k += 2) {
    product += z[k] * z[k + 1];
    squares += (z[k] * z[k] - 1) * (z[k + 1] * z[k + 1] - 1);
    const double turn = std::atan2(z[k + 1], z[k]) / (2 * std::acos(-1.0)) + 0.5;
    sectors[std::min<std::size_t>(63, static_cast<std::size_t>(turn * 64))] += 1;
  }
  return test::worst({test::mean_z(product, z.size() / 2, 0, 1),
                      test::mean_z(squares, z.size() / 2, 0, 4), test::uniform_z(sectors)});
}

// Numbers beyond 3 and 4, each sign by itself.
double tails_score(const std::vector<double>& z) {
  std::vector<double> scores;
  for (const double edge : {3.0, 4.0}) {
    std::uint64_t above = 0, below = 0;
    for (const double x : z) {
      above += x > edge ? 1 : 0;
      below += x < -edge ? 1 : 0;
    }
    const double expected = static_cast<double>(z.size()) * normal_probability(-edge);
    scores.push_back(test::count_z(above, expected));
    scores.push_back(test::count_z(below, expected));
  }
  return test::worst(scores);
}

double worst_normal_score(const std::vector<double>& z) {
  return test::worst({moments_score(z), shape_score(z), pairs_score(z), tails_score(z)});
}

constexpr std::size_t sample_size = 1 << 20;

TEST(Normal, GoodnessOfFit) {
  for (std::uint64_t seed = 1; seed <= 4; ++seed) {
    const auto stream = test::stream(seed, 5);
    EXPECT_LT(std::abs(worst_normal_score(normals<float>(stream, sample_size))), test::z_bound)
        << seed;
    EXPECT_LT(std::abs(worst_normal_score(normals<double>(stream, sample_size))), test::z_bound)
        << seed;
  }
}

TEST(Normal, GoodnessOfFitHasPower) {
  const auto z = normals<float>(test::stream(1, 5), sample_size);
  auto scaled = z, shifted = z, cut = z, repeated = z, sine_only = z;
  for (std::size_t k = 0; k < z.size(); ++k) {
    scaled[k] *= 1.03;
    shifted[k] += 0.01;
    cut[k] = std::clamp(z[k], -3.0, 3.0);
    if (k % 32 == 1) repeated[k] = repeated[k - 1];
    if (k % 2 == 1) sine_only[k] = std::abs(z[k]);
  }
  EXPECT_GT(std::abs(moments_score(scaled)), test::z_bound);
  EXPECT_GT(std::abs(shape_score(scaled)), test::z_bound);
  EXPECT_GT(std::abs(tails_score(scaled)), test::z_bound);
  EXPECT_GT(std::abs(moments_score(shifted)), test::z_bound);
  EXPECT_GT(std::abs(tails_score(cut)), test::z_bound);
  EXPECT_GT(std::abs(pairs_score(repeated)), test::z_bound);
  EXPECT_GT(std::abs(pairs_score(sine_only)), test::z_bound);
}

// Correlation of what two members, or two cells, draw.
double correlation_score(const std::vector<double>& x, const std::vector<double>& y) {
  double product = 0;
  for (std::size_t k = 0; k < x.size(); ++k) product += x[k] * y[k];
  return test::mean_z(product, x.size(), 0, 1);
}

TEST(Normal, MembersAndSeedsAreIndependent) {
  constexpr std::size_t count = 1 << 16;
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto first = normals<double>(test::stream(seed, 0), count);
    // Neighbours, members that differ in the high word alone, and a neighbouring key.
    for (const auto& other : {test::stream(seed, 1), test::stream(seed, 2),
                              test::stream(seed, 1ull << 32), test::stream(seed + 1, 0)}) {
      EXPECT_LT(std::abs(correlation_score(first, normals<double>(other, count))), test::z_bound);
    }
  }
}

TEST(Normal, IndependenceHasPower) {
  constexpr std::size_t count = 1 << 16;
  const auto first = normals<double>(test::stream(1, 0), count);
  auto other = normals<double>(test::stream(1, 1), count);
  // Two members share one counter in 32.
  for (std::size_t k = 0; k < count; k += 32) other[k] = first[k];
  EXPECT_GT(std::abs(correlation_score(first, other)), test::z_bound);
}

TEST(Normal, LargestIsBelowItsBound) {
  for (const std::uint32_t angle : {0u, 1u << 30, 1u << 31, 3u << 30}) {
    float x, y;
    double u, v;
    normal_pair<float>(0u, angle, x, y);
    normal_pair<double>(0u, angle, u, v);
    EXPECT_LT(std::max(std::abs(x), std::abs(y)), 6.77f);
    EXPECT_GT(std::max(std::abs(x), std::abs(y)), 6.76f);
    EXPECT_LT(std::max(std::abs(u), std::abs(v)), 6.77);
  }
  float x, y;
  normal_pair<float>(0xffffffffu, 12345u, x, y);  // a uniform of 1: both 0, not NaN
  EXPECT_EQ(x, 0.0f);
  EXPECT_EQ(y, 0.0f);
}

// A double run starts where its float twin does.
TEST(Normal, FloatIsDoubleRounded) {
  test::WordSource source(1);
  for (int round = 0; round < 100000; ++round) {
    const std::uint32_t radius = source.word(), angle = source.word();
    float x, y;
    double u, v;
    normal_pair<float>(radius, angle, x, y);
    normal_pair<double>(radius, angle, u, v);
    // A float uniform near 1 is rounded: the radius is off by up to 2^-25 / radius there.
    const double length = std::hypot(u, v);
    const double allowed = 1e-6 * length + std::ldexp(1.0, -24) / std::max(length, 1e-4);
    ASSERT_NEAR(x, u, allowed);
    ASSERT_NEAR(y, v, allowed);
  }
}

template <class P>
void expect_pack_bits() {
  using Real = RealOf<P>;
  test::WordSource source(1);
  for (int round = 0; round < 20000; ++round) {
    WordOf<P> radius, angle;
    for (int l = 0; l < test::lanes_of<P>; ++l) {
      radius.v[l] = source.word();
      angle.v[l] = source.word();
    }
    P first, second;
    normal_pair<P>(radius, angle, first, second);
    for (int l = 0; l < test::lanes_of<P>; ++l) {
      Real x, y;
      normal_pair<Real>(radius.v[l], angle.v[l], x, y);
      ASSERT_EQ(test::bits_of(Real(first.v[l])), test::bits_of(x));
      ASSERT_EQ(test::bits_of(Real(second.v[l])), test::bits_of(y));
    }
  }
}

TEST(Normal, PacksHaveTheBitsOfScalars) {
  expect_pack_bits<Pack<float, 4>>();
  expect_pack_bits<Pack<float, 8>>();
  expect_pack_bits<Pack<double, 2>>();
  expect_pack_bits<Pack<double, 4>>();
}

}  // namespace
}  // namespace kgon
