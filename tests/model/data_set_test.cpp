#include "kgon/model/tms/data_set.hpp"

#include <gtest/gtest.h>

#include <algorithm>

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

TEST(SortSamples, TablesAreWhatTheirNamesSay) {
  auto samples = generate_samples(test::stream(4, 0), Purpose::data, 501, 6);
  std::erase_if(samples, [](std::uint32_t s) { return sample_feature(s) == 2; });
  const auto table = sort_samples(samples, 6);
  std::sort(samples.begin(), samples.end());
  EXPECT_EQ(table.samples, samples);
  const int bits = table.bin_bits;
  EXPECT_GE(bits, 4);  // 6 << 6 = 384 bins, fewer where the samples are fewer
  EXPECT_LE(bits, 6);
  ASSERT_EQ(table.bins.size(), (std::size_t{6} << bits) + 1);
  EXPECT_EQ(table.bins[0], 0u);
  EXPECT_EQ(table.bins[std::size_t{2} << bits], table.bins[std::size_t{3} << bits]);  // erased
  EXPECT_EQ(table.bins.back(), samples.size());
  double sum1 = 0, sum2 = 0;
  for (std::size_t k = 0; k < samples.size(); ++k) {
    EXPECT_EQ(table.sum1[k], sum1);
    EXPECT_EQ(table.sum2[k], sum2);
    const std::size_t bin = samples[k] >> (magnitude_bits - bits);
    EXPECT_GE(k, table.bins[bin]);
    EXPECT_LT(k, table.bins[bin + 1]);
    const double mu = sample_magnitude<double>(samples[k]);
    sum1 += mu;
    sum2 += mu * mu;
  }
  EXPECT_EQ(table.sum1.back(), sum1);
  EXPECT_EQ(table.sum2.back(), sum2);
}

}  // namespace
}  // namespace kgon::tms
