// Unbiased indices of kgon/rng/distributions.hpp.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kgon/rng/distributions.hpp"
#include "support/lanes.hpp"
#include "support/statistics.hpp"
#include "support/streams.hpp"

namespace kgon {
namespace {

using Word = std::uint32_t;

// `count` indices the way that minibatches draw them: two from a word where the law is paired.
std::vector<Word> indices(const StreamId<Word>& stream, Word n, std::size_t count) {
  const IndexDraw<Word> draw{index_law(n)};
  std::vector<Word> result;
  result.reserve(count + 8);
  for (std::uint64_t block = 0; result.size() < count; ++block) {
    const auto words = philox(stream, Purpose::minibatch_index, block);
    for (std::uint64_t k = 0; k < 4; ++k) {
      Word first, second;
      draw(words.word[k], stream, block * 4 + k, first, second);
      result.push_back(first);
      if (draw.law.paired) result.push_back(second);
    }
  }
  return result;
}

// Each index by itself, or n in `bins` equal parts.
double marginal_score(const std::vector<Word>& drawn, Word n, Word bins) {
  std::vector<std::uint64_t> counts(bins);
  for (const Word index : drawn) counts[static_cast<std::uint64_t>(index) * bins / n] += 1;
  return test::uniform_z(counts);
}

// Successive indices as one of n^2 pairs; `shift` 0 takes those of one word together.
double pair_score(const std::vector<Word>& drawn, Word n, std::size_t shift) {
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(n) * n);
  for (std::size_t k = shift; k + 1 < drawn.size(); k += 2)
    counts[drawn[k] * n + drawn[k + 1]] += 1;
  return test::uniform_z(counts);
}

// 8 million: a bias of one part in 130, as 16 bits make it at n = 1000, is seen at z = 10.
constexpr std::size_t many = 1 << 23;

TEST(Index, LawsArePairedUpTo4096) {
  for (const Word n : {1u, 2u, 6u, 1000u, 4096u}) {
    EXPECT_TRUE(index_law(n).paired);
    EXPECT_EQ(index_law(n).threshold, (std::uint64_t{1} << 32) % (std::uint64_t{n} * n)) << n;
  }
  for (const Word n : {4097u, 5000u, 1u << 20, 0x7fffffffu, 1u << 31, 3u << 30}) {
    EXPECT_FALSE(index_law(n).paired);
    EXPECT_EQ(index_law(n).threshold, (std::uint64_t{1} << 32) % n) << n;
  }
}

TEST(Index, EqualFrequencies) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    for (const Word n : {6u, 1000u, 4096u, 5000u}) {
      const auto drawn = indices(test::stream(seed, 3), n, many);
      EXPECT_LT(std::abs(marginal_score(drawn, n, n)), test::z_bound) << n << ", seed " << seed;
    }
  }
}

TEST(Index, EqualFrequenciesHavePower) {
  // The planted bug: the product with 16 bits of a word, and no rejection.
  std::vector<Word> drawn;
  for (std::uint64_t block = 0; drawn.size() < many; ++block) {
    for (const Word word : philox(test::stream(1, 3), Purpose::minibatch_index, block).word) {
      drawn.push_back((word & 0xffff) * 1000 >> 16);
      drawn.push_back((word >> 16) * 1000 >> 16);
    }
  }
  EXPECT_GT(marginal_score(drawn, 1000, 1000), test::z_bound);
}

TEST(Index, PairsAreJointlyUniform) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    for (const Word n : {6u, 100u, 1000u}) {
      const auto drawn = indices(test::stream(seed, 4), n, many);
      EXPECT_LT(std::abs(pair_score(drawn, n, 0)), test::z_bound) << n << ", seed " << seed;
      EXPECT_LT(std::abs(pair_score(drawn, n, 1)), test::z_bound) << n << ", seed " << seed;
    }
  }
}

TEST(Index, JointUniformityHasPower) {
  auto drawn = indices(test::stream(1, 4), 100, many);
  for (std::size_t k = 1; k < drawn.size(); k += 256) drawn[k] = drawn[k - 1];
  EXPECT_GT(pair_score(drawn, 100, 0), test::z_bound);
}

// A quarter of the words is rejected here, every one of them a bias towards multiples of 3.
constexpr Word heavy = 3u << 30;

TEST(Index, RejectionRemovesTheBias) {
  constexpr std::size_t count = 1 << 18;
  // Four more words leave (1/4)^5 of the draws biased, 0.6 standard errors here.
  for (std::uint64_t seed = 1; seed <= 5; ++seed) {
    const auto drawn = indices(test::stream(seed, 5), heavy, count);
    std::vector<std::uint64_t> rests(3);
    for (const Word index : drawn) rests[index % 3] += 1;
    EXPECT_LT(std::abs(test::uniform_z(rests)), test::z_bound) << seed;
    EXPECT_LT(std::abs(marginal_score(drawn, heavy, 1024)), test::z_bound) << seed;
  }
}

// Lemire's method with 64 and 128-bit products, and the fallback as the header describes it.
struct Expected {
  Word first, second;
  int retries;
};
Expected expected_draw(Word n, bool pair, Word word, const StreamId<Word>& stream,
                       std::uint64_t draw) {
  const std::uint64_t range = pair ? std::uint64_t{n} * n : n;
  const std::uint64_t threshold = (std::uint64_t{1} << 32) % range;
  for (int retries = 0;; ++retries) {
    const std::uint64_t product = word * range;
    const std::uint64_t whole = product >> 32, rest = product & 0xffffffffu;
    if (rest >= threshold || retries == 4) {
      const auto first = static_cast<Word>(pair ? whole / n : whole);
      return {first, static_cast<Word>(pair ? whole % n : whole), retries};
    }
    const auto block = draw * 4 + static_cast<std::uint64_t>(retries);
    word = philox(stream, Purpose::index_retry, block).word[0];
  }
}

TEST(Index, FallsBackOnTheRetryBlocksOneByOne) {
  const Word sizes[] = {6, 1000, 4095, 5000, 1431655766u, heavy};
  for (const Word n : sizes) {
    const IndexDraw<Word> draw{index_law(n)};
    const auto stream = test::stream(n, 1);
    std::vector<int> retries(5);
    for (std::uint64_t block = 0; block < 50000; ++block) {
      const auto words = philox(stream, Purpose::minibatch_index, block);
      for (std::uint64_t k = 0; k < 4; ++k) {
        const auto expected =
            expected_draw(n, draw.law.paired, words.word[k], stream, block * 4 + k);
        Word first, second;
        draw(words.word[k], stream, block * 4 + k, first, second);
        ASSERT_EQ(first, expected.first);
        ASSERT_EQ(second, expected.second);
        retries[static_cast<std::size_t>(expected.retries)] += 1;
      }
    }
    // The chances are (1 - r) r^k with r = threshold / 2^32, and r^4 for the last.
    const double r = draw.law.threshold / 4294967296.0;
    for (std::size_t k = 0; k < 5; ++k) {
      const double chance = std::pow(r, static_cast<double>(k)) * (k < 4 ? 1 - r : 1.0);
      const double spread = std::sqrt(200000 * chance * (1 - chance));
      EXPECT_NEAR(retries[k], 200000 * chance, 4.5 * spread + 1) << n << ", retry " << k;
    }
  }
}

TEST(Index, OneIndexIsAlwaysZero) {
  for (const Word index : indices(test::stream(1, 1), 1, 1000)) ASSERT_EQ(index, 0u);
}

template <class W>
void expect_lanes(Word n) {
  const IndexDraw<W> draw{index_law(n)};
  const auto stream = test::stream_of_lanes<W>(9, 100);
  for (std::uint64_t block = 0; block < 20000; ++block) {
    const auto words = philox(stream, Purpose::minibatch_index, block);
    W first, second;
    draw(words.word[1], stream, block, first, second);
    for (int l = 0; l < test::lanes_of<W>; ++l) {
      const auto member = test::stream(9, 100 + static_cast<std::uint64_t>(l));
      const auto expected =
          expected_draw(n, draw.law.paired, test::lane(words.word[1], l), member, block);
      ASSERT_EQ(test::lane(first, l), expected.first);
      ASSERT_EQ(test::lane(second, l), expected.second);
    }
  }
}

// One lane's rejection leaves the other lanes alone.
TEST(Index, LanesAreMembers) {
  for (const Word n : {1000u, 3000u, 5000u, 1431655766u}) {
    expect_lanes<Pack<Word, 2>>(n);
    expect_lanes<Pack<Word, 4>>(n);
    expect_lanes<Pack<Word, 8>>(n);
  }
}

}  // namespace
}  // namespace kgon
