#include "kgon/rng/philox.hpp"

#include <gtest/gtest.h>

#include "rng/reference_words.hpp"
#include "support/lanes.hpp"
#include "support/streams.hpp"
#include "support/word_source.hpp"

namespace kgon {
namespace {

using test::stream;

void expect_block(const Words4<std::uint32_t>& block, std::uint32_t a, std::uint32_t b,
                  std::uint32_t c, std::uint32_t d) {
  EXPECT_EQ(block.word[0], a);
  EXPECT_EQ(block.word[1], b);
  EXPECT_EQ(block.word[2], c);
  EXPECT_EQ(block.word[3], d);
}

// The three lines for philox4x32 with 10 rounds in Random123's kat_vectors.
TEST(Philox, KnownAnswersOfRandom123) {
  expect_block(philox(stream(0, 0), 0), 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
  expect_block(philox(stream(~0ull, ~0ull), ~0ull), 0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
  expect_block(philox(stream(0x299f31d0a4093822, 0x0370734413198a2e), 0x85a308d3243f6a88),
               0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1);
}

// Small numbers as often as numbers of 64 bits, so that high words are zero in some cases only.
std::uint64_t any_size(test::WordSource& source) {
  const std::uint64_t x = source.wide();
  return x >> (source.below(4) * 16);
}

TEST(Philox, WordsOfRandom123) {
  if (const char* why = test::random123_missing()) GTEST_SKIP() << why;
  test::WordSource source(1);
  for (int round = 0; round < 60000; ++round) {
    const std::uint64_t seed = any_size(source), member = any_size(source);
    const std::uint64_t block = any_size(source);
    std::uint32_t expected[4];
    test::random123_block(block, member, seed, expected);
    const auto words = philox(stream(seed, member), block);
    for (int k = 0; k < 4; ++k) ASSERT_EQ(words.word[k], expected[k]) << round;
  }
}

TEST(Philox, WordsOfCurand) {
  if (const char* why = test::curand_missing()) GTEST_SKIP() << why;
  test::WordSource source(1);
  for (int round = 0; round < 60000; ++round) {
    const std::uint64_t seed = any_size(source), member = any_size(source);
    const std::uint64_t offset = any_size(source);
    constexpr int count = 9;
    std::uint32_t expected[count];
    test::curand_words(seed, member, offset, count, expected);
    for (std::uint64_t k = 0; k < count; ++k) {
      const std::uint64_t at = offset % 4 + k;  // offset + k may pass 2^64; the block may not
      const auto words = philox(stream(seed, member), offset / 4 + at / 4);
      ASSERT_EQ(words.word[at % 4], expected[k]) << round << ", " << k;
    }
  }
}

TEST(Philox, TheCompactLoopGivesTheSameWords) {
  test::WordSource source(1);
  for (int round = 0; round < 10000; ++round) {
    const auto member = stream(source.wide(), source.wide());
    const std::uint64_t block = any_size(source);
    const auto words = philox(member, block), compact = philox_compact(member, block);
    for (int k = 0; k < 4; ++k) ASSERT_EQ(words.word[k], compact.word[k]);
  }
}

template <class W>
void expect_lanes_are_members() {
  test::WordSource source(1);
  for (int round = 0; round < 2000; ++round) {
    const std::uint64_t seed = source.wide(), first = any_size(source), block = any_size(source);
    const std::uint64_t step = any_size(source);
    const auto words = philox(test::stream_of_lanes<W>(seed, first, step), block);
    for (int l = 0; l < test::lanes_of<W>; ++l) {
      const auto alone = philox(stream(seed, first + step * static_cast<std::uint64_t>(l)), block);
      for (int k = 0; k < 4; ++k) ASSERT_EQ(test::lane(words.word[k], l), alone.word[k]);
    }
  }
}

TEST(Philox, LanesAreMembers) {
  expect_lanes_are_members<Pack<std::uint32_t, 2>>();
  expect_lanes_are_members<Pack<std::uint32_t, 4>>();
  expect_lanes_are_members<Pack<std::uint32_t, 8>>();
  expect_lanes_are_members<Pack<std::uint32_t, 16>>();
}

}  // namespace
}  // namespace kgon
