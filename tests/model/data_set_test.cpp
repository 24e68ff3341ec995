#include "kgon/model/tms/data_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/sorted_samples.hpp"
#include "support/streams.hpp"

namespace kgon::tms {
namespace {

TEST(DataSet, GeneratorsAndTableAgree) {
  const auto stream = test::stream(4, 17);
  const auto samples = generate_samples(stream, Purpose::data, 1003, 6);
  const SampleGenerator generator{stream, 6};
  SequentialGenerator sequential(stream, 6);
  const SampleTable<std::uint32_t> table{samples.data(), 1, 0};
  for (std::uint32_t k = 0; k < 1003; ++k) {
    ASSERT_EQ(samples[k], draw_sample(philox(stream, Purpose::data, k / 4).word[k % 4], 6u));
    ASSERT_EQ(generator(k), samples[k]);
    ASSERT_EQ(sequential(k), samples[k]);
    ASSERT_EQ(table(k), samples[k]);
  }
}

TEST(DataSet, LanesReadTheirOwnTable) {
  using W = Pack<std::uint32_t, 4>;
  constexpr std::uint32_t n = 100;
  const auto lanes = test::stream_of_lanes<W>(4, 30);
  std::vector<std::uint32_t> side_by_side(4 * n);
  for (std::uint32_t k = 0; k < n; ++k) {
    const W words = generate_sample(lanes, Purpose::data, k, 6);
    words.store(&side_by_side[4 * k]);
  }
  W offset;
  for (int l = 0; l < 4; ++l) offset.v[l] = static_cast<std::uint32_t>(l);
  const SampleTable<W> table{side_by_side.data(), 4, offset};
  const SampleTable<W> shared{side_by_side.data(), 1, W(0u)};
  for (std::uint32_t k = 0; k < n; ++k) {
    W index;  // another one in every lane
    for (int l = 0; l < 4; ++l) index.v[l] = (k + 7 * static_cast<std::uint32_t>(l)) % n;
    const W found = table(index), same = shared(index);
    for (int l = 0; l < 4; ++l) {
      const SampleGenerator alone{test::stream(4, 30 + static_cast<std::uint64_t>(l)), 6};
      ASSERT_EQ(test::lane(found, l), alone(test::lane(index, l)));
      ASSERT_EQ(test::lane(same, l), side_by_side[test::lane(index, l)]);
    }
  }
}

TEST(DataSet, MembersAndPurposesHaveTheirOwn) {
  const auto first = generate_samples(test::stream(4, 0), Purpose::data, 100, 6);
  EXPECT_NE(first, generate_samples(test::stream(4, 1), Purpose::data, 100, 6));
  EXPECT_NE(first, generate_samples(test::stream(5, 0), Purpose::data, 100, 6));
  EXPECT_NE(first, generate_samples(test::stream(4, 0), Purpose::shared_data, 100, 6));
}

// 501 samples of 6 features, none of feature 2.
std::vector<std::uint32_t> some_samples() {
  auto samples = generate_samples(test::stream(4, 0), Purpose::data, 501, 6);
  std::erase_if(samples, [](std::uint32_t s) { return sample_feature(s) == 2; });
  return samples;
}

TEST(SortSamples, TablesAreWhatTheirNamesSay) {
  auto samples = some_samples();
  const auto table = sort_samples(samples, 6);
  std::sort(samples.begin(), samples.end());
  EXPECT_EQ(table.samples, samples);
  ASSERT_EQ(table.magnitudes.size(), samples.size() + 1);
  ASSERT_EQ(table.starts.size(), 7u);
  EXPECT_EQ(table.starts[0], 0u);
  EXPECT_EQ(table.starts[2], table.starts[3]);  // erased
  EXPECT_EQ(table.starts[6], samples.size());
  double sum1 = 0, sum2 = 0;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    EXPECT_EQ(table.sum1[k], sum1);
    EXPECT_EQ(table.sum2[k], sum2);
    EXPECT_GE(k, table.starts[sample_feature(samples[k])]);
    EXPECT_LT(k, table.starts[sample_feature(samples[k]) + 1]);
    const double mu = sample_magnitude<double>(samples[k]);
    EXPECT_EQ(table.magnitudes[k], mu);
    sum1 += mu;
    sum2 += mu * mu;
  }
  EXPECT_EQ(table.sum1.back(), sum1);
  EXPECT_EQ(table.sum2.back(), sum2);
}

TEST(SortSamples, SidesAreTheSumsBeforeAndFromASampleOn) {
  const auto table = sort_samples(some_samples(), 6);
  ASSERT_EQ(table.sides.size(), 2 * (table.samples.size() + 6));
  for (std::size_t i = 0; i < 6; ++i)
    for (std::size_t k = table.starts[i]; k <= table.starts[i + 1]; ++k) {
      double before1 = 0, before2 = 0, from1 = 0, from2 = 0;
      for (std::size_t m = table.starts[i]; m < table.starts[i + 1]; ++m) {
        const double mu = table.magnitudes[m];
        (m < k ? before1 : from1) += mu;
        (m < k ? before2 : from2) += mu * mu;
      }
      const SumPair before = table.sides[2 * (k + i)], from = table.sides[2 * (k + i) + 1];
      // Half an ulp of float, and what the order of the sums does in double.
      EXPECT_NEAR(before.first, before1, 6.1e-8 * before1);
      EXPECT_NEAR(before.second, before2, 6.1e-8 * before2);
      EXPECT_NEAR(from.first, from1, 6.1e-8 * from1);
      EXPECT_NEAR(from.second, from2, 6.1e-8 * from2);
    }
}

// Of every bracket what its definition says, counted: first and number of the samples whose mu is
// in its bin or within 1 / bracket_slack of a bin beside it.
void expect_brackets_of(const SortedSampleTable& table, std::size_t features) {
  const double bins = std::ldexp(1, table.bin_bits), slack = 1.0 / bracket_slack;
  const std::size_t row = (std::size_t{1} << table.bin_bits) + 2;
  ASSERT_EQ(table.brackets.size(), features * row);
  for (std::size_t i = 0; i < features; ++i)
    for (std::size_t k = 0; k < row; ++k) {
      const double bin = static_cast<double>(k) - 1;
      std::uint32_t first = 0, count = 0;
      for (std::size_t m = table.starts[i]; m < table.starts[i + 1]; ++m) {
        const double at = table.magnitudes[m] * bins;
        if (at < bin - slack) ++first;
        if (at >= bin - slack && (at <= bin + 1 + slack || k + 1 == row)) ++count;
      }
      const Bracket& bracket = table.brackets[i * row + k];
      ASSERT_EQ(bracket.first >> bracket_length_bits, first) << i << ", " << k;
      ASSERT_EQ(bracket.first & open_bracket, std::min(count, open_bracket)) << i << ", " << k;
      if (count > 0) {
        ASSERT_EQ(bracket.second, table.magnitudes[table.starts[i] + first]);
      }
    }
}

TEST(SortSamples, BracketsHoldTheSamplesOfABin) {
  const auto table = sort_samples(some_samples(), 6);
  EXPECT_EQ(table.bin_bits, 8);  // 6 << 8 = 1536 bins, no more than 4 a sample
  expect_brackets_of(table, 6);
  expect_brackets_of(sort_samples({5u << magnitude_bits}, 6), 6);
  // More samples of one magnitude than a bracket can count.
  std::vector<std::uint32_t> same(100, (1u << magnitude_bits) | 0x123456u);
  same.push_back(7);
  expect_brackets_of(sort_samples(same, 3), 3);
}

TEST(SortSamples, BytesAreThoseOfTheTable) {
  for (const std::uint32_t n : {1u, 40u, 1000u, 200'000u}) {
    const auto table = sort_samples(generate_samples(test::stream(4, 0), Purpose::data, n, 6), 6);
    const std::size_t sums = (table.sum1.size() + table.sum2.size()) * sizeof(double);
    const std::size_t common = (table.samples.size() + table.starts.size()) * 4 +
                               table.magnitudes.size() * sizeof(float) +
                               table.brackets.size() * sizeof(Bracket);
    const std::size_t sides = table.sides.size() * sizeof(SumPair);
    const auto device = sorted_bytes_on_device(n, 6), host = sorted_bytes(n, 6);
    EXPECT_GE(device, common + std::max(sums, sides));
    EXPECT_LE(device, common + std::max(sums, sides) + 300);
    EXPECT_GE(host, common + sums + sides);
    EXPECT_LE(host, common + sums + sides + 500);
  }
}

}  // namespace
}  // namespace kgon::tms
