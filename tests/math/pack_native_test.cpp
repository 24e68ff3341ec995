#include "kgon/math/pack_native.hpp"

#include <gtest/gtest.h>

#include <vector>

#include "support/word_source.hpp"

namespace kgon::native {
namespace {

// Lane counts of words: 2 goes with packs of two doubles, 16 with AVX-512.
template <class Width>
class Words : public testing::Test {};
using Widths = testing::Types<std::integral_constant<int, 2>, std::integral_constant<int, 4>,
                              std::integral_constant<int, 8>, std::integral_constant<int, 16>>;
TYPED_TEST_SUITE(Words, Widths);

TYPED_TEST(Words, Broadcast) {
  constexpr int L = TypeParam::value;
  using V = Vector<std::uint32_t, L>;
  static_assert(lanes_of<V> == L);
  const V v = broadcast<V>(0xdeadbeefu);
  for (int l = 0; l < L; ++l) EXPECT_EQ(v[l], 0xdeadbeefu) << l;
}

TYPED_TEST(Words, MultiplyWide) {
  constexpr int L = TypeParam::value;
  test::WordSource source(1);
  for (int round = 0; round < 10000; ++round) {
    Vector<std::uint32_t, L> a, low, high;
    for (int l = 0; l < L; ++l) a[l] = round == 0 ? 0xffffffffu : source.word();
    const std::uint32_t factor = round == 0 ? 0xffffffffu : source.word();
    multiply_wide(a, factor, low, high);
    for (int l = 0; l < L; ++l) {
      ASSERT_EQ(static_cast<std::uint64_t>(high[l]) << 32 | low[l],
                static_cast<std::uint64_t>(a[l]) * factor)
          << "lane " << l;
    }
  }
}

TYPED_TEST(Words, AnySeesEveryLane) {
  constexpr int L = TypeParam::value;
  Vector<std::int32_t, L> mask{};
  EXPECT_FALSE(any(mask));
  for (int l = 0; l < L; ++l) {
    mask[l] = -1;
    EXPECT_TRUE(any(mask)) << l;
    mask[l] = 0;
  }
}

TYPED_TEST(Words, Gather) {
  constexpr int L = TypeParam::value;
  std::vector<float> floats(1000);
  std::vector<double> doubles(1000);
  std::vector<std::uint32_t> words(1000);
  test::WordSource source(1);
  for (std::size_t k = 0; k < 1000; ++k) {
    words[k] = source.word();
    doubles[k] = words[k];
    floats[k] = static_cast<float>(words[k]);
  }
  for (int round = 0; round < 1000; ++round) {
    Vector<std::uint32_t, L> index;
    for (int l = 0; l < L; ++l) index[l] = source.below(1000);
    const auto f = gather(floats.data(), index);
    const auto d = gather(doubles.data(), index);
    const auto w = gather(words.data(), index);
    for (int l = 0; l < L; ++l) {
      ASSERT_EQ(f[l], floats[index[l]]);
      ASSERT_EQ(d[l], doubles[index[l]]);
      ASSERT_EQ(w[l], words[index[l]]);
    }
  }
}

}  // namespace
}  // namespace kgon::native
