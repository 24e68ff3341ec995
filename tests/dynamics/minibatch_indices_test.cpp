#include "kgon/dynamics/minibatch_indices.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kgon/math/pack.hpp"
#include "support/lanes.hpp"
#include "support/statistics.hpp"
#include "support/streams.hpp"

namespace kgon {
namespace {

using Word = std::uint32_t;
using List = std::vector<Word>;

ShuffledIndices<Word> shuffled(Word n, std::uint64_t member, std::uint64_t draw) {
  return {test::stream(5, member), permutation_grid(n), draw};
}
ReplacementIndices<Word> replaced(Word n, std::uint64_t member, Word batch, std::uint64_t step) {
  return {test::stream(5, member), index_law(n), batch, step};
}

// The indices of `steps` steps, lane l.
template <class W, class Indices>
List take(Indices indices, Word batch, std::uint64_t steps, int l = 0) {
  List drawn;
  for (std::uint64_t step = 0; step < steps; ++step) {
    indices.begin_step();
    for (Word left = batch; left > 0;) {
      W group[4];
      const Word count = std::min(left, 4u);
      indices.next(group, static_cast<int>(count));
      for (Word g = 0; g < count; ++g) drawn.push_back(test::lane(group[g], l));
      left -= count;
    }
  }
  return drawn;
}

List iota(Word n) {
  List all(n);
  for (Word k = 0; k < n; ++k) all[k] = k;
  return all;
}

TEST(ShuffledIndices, EveryEpochIsAPermutation) {
  for (const Word n : {1u, 2u, 3u, 7u, 10u, 100u, 1000u}) {
    for (const Word batch : {1u, 3u, 4u, 7u, 20u}) {
      const std::uint64_t steps = (5 * n + batch - 1) / batch;
      const List drawn = take<Word>(shuffled(n, 3, 0), batch, steps);
      for (std::size_t epoch = 0; epoch < 5; ++epoch) {
        const auto begin = drawn.begin() + static_cast<std::ptrdiff_t>(epoch * n);
        List part(begin, begin + static_cast<std::ptrdiff_t>(n));
        std::sort(part.begin(), part.end());
        ASSERT_EQ(part, iota(n)) << "epoch " << epoch << ", batch " << batch;
      }
    }
  }
}

TEST(ShuffledIndices, RestartAtAnyStep) {
  for (const Word n : {7u, 100u, 1000u}) {
    for (const Word batch : {3u, 20u}) {
      const List whole = take<Word>(shuffled(n, 3, 0), batch, 120);
      for (const std::uint64_t step : {1u, 17u, 50u, 119u}) {
        const List rest = take<Word>(shuffled(n, 3, step * batch), batch, 120 - step);
        ASSERT_TRUE(std::equal(rest.begin(), rest.end(),
                               whole.begin() + static_cast<std::ptrdiff_t>(step * batch)));
      }
    }
  }
}

TEST(ShuffledIndices, EpochsAndMembersDiffer) {
  const List member = take<Word>(shuffled(1000, 3, 0), 20, 100);
  const List other = take<Word>(shuffled(1000, 4, 0), 20, 50);
  const List first(member.begin(), member.begin() + 1000);
  const List second(member.begin() + 1000, member.end());
  EXPECT_NE(first, second);
  EXPECT_NE(first, other);
  EXPECT_NE(second, other);
  // Far out in the epochs.
  const std::uint64_t far = std::uint64_t{1000} * 4000000000u;
  EXPECT_NE(take<Word>(shuffled(1000, 3, far), 20, 50), first);
}

TEST(ReplacementIndices, RestartAtAnyStep) {
  for (const Word n : {6u, 1000u, 5000u}) {
    for (const Word batch : {1u, 4u, 5u, 8u, 9u, 20u}) {
      const List whole = take<Word>(replaced(n, 3, batch, 0), batch, 60);
      for (const std::uint64_t step : {1u, 7u, 33u, 59u}) {
        const List rest = take<Word>(replaced(n, 3, batch, step), batch, 60 - step);
        ASSERT_TRUE(std::equal(rest.begin(), rest.end(),
                               whole.begin() + static_cast<std::ptrdiff_t>(step * batch)))
            << n << ", batch " << batch << ", step " << step;
      }
    }
  }
}

// Counts of indices, and the chance that two of one minibatch are equal.
double replacement_score(const List& drawn, Word n) {
  std::vector<std::uint64_t> counts(n);
  std::uint64_t equal = 0;
  for (std::size_t k = 0; k < drawn.size(); ++k) {
    counts[drawn[k]] += 1;
    if (k % 2 == 1 && drawn[k] == drawn[k - 1]) ++equal;
  }
  const double expected = static_cast<double>(drawn.size()) / 2 / n;
  return test::worst({test::uniform_z(counts), test::count_z(equal, expected)});
}

TEST(ReplacementIndices, UniformAndIndependent) {
  for (const Word n : {50u, 1000u, 5000u}) {
    for (const Word batch : {5u, 20u}) {
      const List drawn = take<Word>(replaced(n, 1, batch, 0), batch, 1000000 / batch);
      EXPECT_LT(std::abs(replacement_score(drawn, n)), test::z_bound) << n << ", " << batch;
    }
  }
}

TEST(ReplacementIndices, UniformityHasPower) {
  // The planted bug: the minibatch of a step is the same one as that of the step before.
  List stuck;
  for (std::uint64_t step = 0; step < 500; ++step) {
    const List once = take<Word>(replaced(1000, 1, 20, 0), 20, 1);
    stuck.insert(stuck.end(), once.begin(), once.end());
  }
  EXPECT_GT(replacement_score(stuck, 1000), test::z_bound);
  // Without replacement no index comes twice.
  const List permuted = take<Word>(shuffled(50, 1, 0), 50, 20000);
  EXPECT_LT(replacement_score(permuted, 50), -test::z_bound);
}

template <class Indices>
void expect_fill_is_next(Indices indices, Word batch) {
  const List expected = take<Word>(indices, batch, 30);
  List filled;
  for (int step = 0; step < 30; ++step) {
    List buffer(3 * batch, 77);  // every third entry is ours
    indices.begin_step();
    indices.fill(buffer.data(), 3, batch);
    for (std::size_t k = 0; k < buffer.size(); ++k) {
      if (k % 3 == 0) {
        filled.push_back(buffer[k]);
      } else {
        ASSERT_EQ(buffer[k], 77u);
      }
    }
  }
  ASSERT_EQ(filled, expected) << batch;
}

TEST(Indices, AWholeStepAtOnceIsTheSame) {
  for (const Word n : {6u, 1000u, 5000u}) {
    for (Word batch = 1; batch <= 23; ++batch) {
      expect_fill_is_next(shuffled(n, 2, 0), batch);
      expect_fill_is_next(replaced(n, 2, batch, 0), batch);
    }
  }
}

TEST(Indices, LanesAreMembers) {
  using W = Pack<Word, 8>;
  const auto lanes = test::stream_of_lanes<W>(5, 40);
  for (const Word n : {10u, 1000u, 3000u, 5000u}) {
    const ShuffledIndices<W> shuffle(lanes, permutation_grid(n), 13);
    const ReplacementIndices<W> replace(lanes, index_law(n), 7, 5);
    for (int l = 0; l < 8; ++l) {
      const std::uint64_t member = 40 + static_cast<std::uint64_t>(l);
      EXPECT_EQ(take<W>(shuffle, 7, 100, l), take<Word>(shuffled(n, member, 13), 7, 100));
      EXPECT_EQ(take<W>(replace, 7, 100, l), take<Word>(replaced(n, member, 7, 5), 7, 100));
    }
  }
}

TEST(MinibatchDraws, LookUpTheIndices) {
  const auto sample = [](Word index) { return index * 3 + 1; };
  using Draws = MinibatchDraws<ShuffledIndices<Word>, decltype(sample)>;
  Draws draws{shuffled(100, 3, 0), sample};
  const List indices = take<Word>(shuffled(100, 3, 0), 20, 3);
  const List samples = take<Word>(draws, 20, 3);
  for (std::size_t k = 0; k < indices.size(); ++k) EXPECT_EQ(samples[k], indices[k] * 3 + 1);
}

TEST(BufferedDraws, AreTheSameDraws) {
  struct Sample {
    std::uint32_t factor;
    Word operator()(Word index) const { return index * factor; }
  };
  using Indices = ReplacementIndices<Word>;
  for (Word batch = 1; batch <= 21; ++batch) {
    const MinibatchDraws<Indices, Sample> direct{replaced(1000, 3, batch, 4), Sample{7}};
    const List expected = take<Word>(direct, batch, 20);
    using Buffered = BufferedDraws<Indices, Sample>;
    std::vector<Word> parking(2 * Buffered::parking_words), buffer(2 * batch);
    Buffered draws(replaced(1000, 3, batch, 4), Sample{7}, parking.data(), buffer.data(), 2, batch);
    List drawn;
    for (int step = 0; step < 20; ++step) {
      draws.begin_step();
      for (Word k = 0; k < batch; ++k) {
        Word sample[1];
        draws.next(sample, 1);
        drawn.push_back(sample[0]);
      }
    }
    ASSERT_EQ(drawn, expected) << batch;
  }
}

}  // namespace
}  // namespace kgon
