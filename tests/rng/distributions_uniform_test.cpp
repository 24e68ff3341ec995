// Uniforms of kgon/rng/distributions.hpp.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kgon/rng/distributions.hpp"
#include "rng/reference_words.hpp"
#include "support/statistics.hpp"
#include "support/streams.hpp"
#include "support/word_source.hpp"

namespace kgon {
namespace {

TEST(Uniform, IsCurandUniform) {
  if (const char* why = test::curand_missing()) GTEST_SKIP() << why;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    constexpr int count = 4000;
    std::vector<float> expected(count);
    test::curand_uniforms(seed, 3 * seed, 0, count, expected.data());
    for (std::uint64_t k = 0; k < count; ++k) {
      const auto words = philox(test::stream(seed, 3 * seed), k / 4);
      ASSERT_EQ(uniform<float>(words.word[k % 4]), expected[k]);
    }
  }
}

TEST(Uniform, LiesInTheHalfOpenInterval) {
  EXPECT_EQ(uniform<float>(0u), std::ldexp(1.0f, -33));
  EXPECT_EQ(uniform<double>(0u), std::ldexp(1.0, -33));
  EXPECT_EQ(uniform<float>(0xffffffffu), 1.0f);
  EXPECT_EQ(uniform<double>(0xffffffffu), 1.0 - std::ldexp(1.0, -33));
}

TEST(Uniform, DoubleIsExactAndFloatIsItRounded) {
  test::WordSource source(1);
  for (int round = 0; round < 100000; ++round) {
    const std::uint32_t word = source.word() >> source.below(32);
    const double exact = (word + 0.5) / 4294967296.0;
    ASSERT_EQ(uniform<double>(word), exact);
    ASSERT_NEAR(uniform<float>(word), exact, std::ldexp(exact, -23)) << word;
  }
}

TEST(Uniform, PacksHaveTheBitsOfScalars) {
  test::WordSource source(1);
  for (int round = 0; round < 10000; ++round) {
    Pack<std::uint32_t, 8> words;
    for (int l = 0; l < 8; ++l) words.v[l] = source.word();
    const auto x = uniform<Pack<float, 8>>(words);
    const auto y = uniform<Pack<double, 8>>(words);
    for (int l = 0; l < 8; ++l) {
      ASSERT_EQ(x.v[l], uniform<float>(words.v[l]));
      ASSERT_EQ(y.v[l], uniform<double>(words.v[l]));
    }
  }
}

// Uniform numbers in the order of their words.
template <class Real>
std::vector<double> uniforms(std::uint64_t seed, std::size_t count) {
  std::vector<double> result;
  for (std::uint64_t block = 0; result.size() < count; ++block) {
    const auto words = philox(test::stream(seed, 0), Purpose::data, block);
    for (const std::uint32_t word : words.word) result.push_back(uniform<Real>(word));
  }
  return result;
}

// Mean, variance, fourth moment, correlation of neighbours, 1024 bins, 32 x 32 bins of pairs. The
// moments of U(0, 1) about 1/2 are 1/12, 1/80, 1/448, 1/2304 for the powers 2, 4, 6, 8.
double worst_uniform_score(const std::vector<double>& u) {
  double sum1 = 0, sum2 = 0, sum4 = 0, neighbours = 0;
  std::vector<std::uint64_t> bins(1024), pairs(1024);
  for (std::size_t k = 0; k < u.size(); ++k) {
    const double x = u[k] - 0.5;
    sum1 += x;
    sum2 += x * x;
    sum4 += x * x * x * x;
    bins[std::min<std::size_t>(1023, static_cast<std::size_t>(u[k] * 1024))] += 1;
    if (k % 2 == 0) continue;
    const double before = u[k - 1];
    neighbours += x * (before - 0.5);
    const std::size_t row = std::min<std::size_t>(31, static_cast<std::size_t>(before * 32));
    const std::size_t column = std::min<std::size_t>(31, static_cast<std::size_t>(u[k] * 32));
    pairs[row * 32 + column] += 1;
  }
  return test::worst({test::mean_z(sum1, u.size(), 0, 1.0 / 12),
                      test::mean_z(sum2, u.size(), 1.0 / 12, 1.0 / 80 - 1.0 / 144),
                      test::mean_z(sum4, u.size(), 1.0 / 80, 1.0 / 2304 - 1.0 / 6400),
                      test::mean_z(neighbours, u.size() / 2, 0, 1.0 / 144), test::uniform_z(bins),
                      test::uniform_z(pairs), test::kolmogorov_z(u)});
}

TEST(Uniform, GoodnessOfFit) {
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    EXPECT_LT(std::abs(worst_uniform_score(uniforms<float>(seed, 1 << 19))), test::z_bound) << seed;
    EXPECT_LT(std::abs(worst_uniform_score(uniforms<double>(seed, 1 << 19))), test::z_bound)
        << seed;
  }
}

TEST(Uniform, GoodnessOfFitHasPower) {
  auto u = uniforms<double>(1, 1 << 19);
  auto coarse = u, repeated = u;
  for (double& x : coarse) x = x * 0.99;  // an interval that ends too early
  for (std::size_t k = 1; k < u.size(); k += 64) repeated[k] = repeated[k - 1];
  EXPECT_GT(std::abs(worst_uniform_score(coarse)), test::z_bound);
  EXPECT_GT(std::abs(worst_uniform_score(repeated)), test::z_bound);
}

}  // namespace
}  // namespace kgon
