#include "kgon/model/tms/sample.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "engine/sorted_samples.hpp"
#include "support/statistics.hpp"
#include "support/streams.hpp"
#include "support/word_source.hpp"

namespace kgon::tms {
namespace {

TEST(Sample, MagnitudesAreInTheHalfOpenInterval) {
  EXPECT_EQ(sample_magnitude<float>(0u), std::ldexp(1.0f, -23));
  EXPECT_EQ(sample_magnitude<float>(0x7fffffu), 1.0f);
  EXPECT_EQ(sample_magnitude<double>((5u << 23) | 0x3fffffu), 0.5);
  EXPECT_EQ(sample_feature((5u << 23) | 0x3fffffu), 5u);
}

TEST(Sample, MagnitudeIsExactInFloat) {
  test::WordSource source(1);
  for (int round = 0; round < 100000; ++round) {
    const std::uint32_t sample = source.word();
    ASSERT_EQ(static_cast<double>(sample_magnitude<float>(sample)),
              sample_magnitude<double>(sample));
    ASSERT_EQ(sample_magnitude<double>(sample), ((sample & 0x7fffff) + 1) / 8388608.0);
  }
}

TEST(Sample, OrderOfWordsIsOrderByFeatureThenMagnitude) {
  test::WordSource source(1);
  for (int round = 0; round < 100000; ++round) {
    const std::uint32_t a = draw_sample(source.word(), 6u), b = draw_sample(source.word(), 6u);
    const auto key = [](std::uint32_t s) {
      return std::pair(sample_feature(s), sample_magnitude<float>(s));
    };
    ASSERT_EQ(a < b, key(a) < key(b));
  }
}

TEST(Sample, ExtremeWords) {
  for (const std::uint32_t features : {1u, 3u, 6u, 8u, 512u}) {
    EXPECT_EQ(draw_sample(0u, features), 0u);
    const std::uint32_t last = draw_sample(0xffffffffu, features);
    EXPECT_EQ(sample_feature(last), features - 1);
    EXPECT_GT(sample_magnitude<double>(last), 0.9999);
  }
}

TEST(Sample, LawIsUniform) {
  for (std::uint64_t seed = 1; seed <= 3; ++seed) {
    for (const int features : {3, 6, 8}) {
      const std::uint32_t n = 1 << 18;
      const auto samples = generate_samples(test::stream(seed, 2), Purpose::data, n, features);
      std::vector<std::uint64_t> joint(static_cast<std::size_t>(features) * 64);
      std::vector<double> magnitudes;
      for (const std::uint32_t sample : samples) {
        const double mu = sample_magnitude<double>(sample);
        ASSERT_LT(sample_feature(sample), static_cast<std::uint32_t>(features));
        magnitudes.push_back(mu);
        const auto part = std::min<std::size_t>(63, static_cast<std::size_t>(mu * 64));
        joint[sample_feature(sample) * 64 + part] += 1;
      }
      EXPECT_LT(std::abs(test::uniform_z(joint)), test::z_bound) << features;
      EXPECT_LT(std::abs(test::kolmogorov_z(magnitudes)), test::z_bound) << features;
    }
  }
}

TEST(Sample, LawHasPower) {
  // The planted bug: feature and magnitude from the same upper bits.
  std::vector<std::uint64_t> joint(6 * 64);
  test::WordSource source(1);
  for (int round = 0; round < 1 << 18; ++round) {
    const std::uint32_t word = source.word();
    joint[static_cast<std::size_t>((std::uint64_t{word} * 6) >> 32) * 64 + (word >> 26)] += 1;
  }
  EXPECT_GT(test::uniform_z(joint), test::z_bound);
}

TEST(Sample, PacksHaveTheBitsOfScalars) {
  test::WordSource source(1);
  for (int round = 0; round < 10000; ++round) {
    Pack<std::uint32_t, 8> words;
    for (int l = 0; l < 8; ++l) words.v[l] = source.word();
    const auto samples = draw_sample(words, 6u);
    const auto features = sample_feature(samples);
    const auto sizes = sample_magnitude<Pack<float, 8>>(samples);
    for (int l = 0; l < 8; ++l) {
      const std::uint32_t alone = draw_sample(test::lane(words, l), 6u);
      ASSERT_EQ(test::lane(samples, l), alone);
      ASSERT_EQ(test::lane(features, l), sample_feature(alone));
      ASSERT_EQ(test::lane(sizes, l), sample_magnitude<float>(alone));
    }
  }
}

}  // namespace
}  // namespace kgon::tms
