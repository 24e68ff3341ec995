#include "kgon/rng/permutation.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "kgon/rng/purpose.hpp"
#include "support/lanes.hpp"
#include "support/statistics.hpp"
#include "support/streams.hpp"

namespace kgon {
namespace {

using Word = std::uint32_t;

Permutation<Word> permutation(Word n, std::uint64_t seed, std::uint64_t epoch) {
  return {permutation_grid(n), philox(test::stream(seed, 0), Purpose::epoch_permutation, epoch)};
}

TEST(PermutationGrid, HoldsAllAndWastesLittle) {
  for (Word n = 1; n <= 70000; ++n) {
    const auto grid = permutation_grid(n);
    const std::uint64_t cells = std::uint64_t{grid.rows} * grid.columns;
    ASSERT_EQ(grid.n, n);
    ASSERT_GE(cells, n);
    ASSERT_LT(cells - n, grid.columns) << n;
    ASSERT_LE(grid.rows, grid.columns + 1) << n;
    ASSERT_LE(grid.columns, 2 * grid.rows + 1) << n;
  }
  EXPECT_EQ(permutation_grid(1000).rows, 25u);
  EXPECT_EQ(permutation_grid(1000).columns, 40u);
  for (const Word n : {0x7fffffffu, 1u << 31, (1u << 31) - 12345}) {
    const auto grid = permutation_grid(n);
    EXPECT_LT(grid.rows, 1u << 16);
    EXPECT_LT(grid.columns, 1u << 16);
    EXPECT_GE(std::uint64_t{grid.rows} * grid.columns, n);
  }
}

void expect_bijection(Word n, std::uint64_t epoch) {
  const auto map = permutation(n, 1, epoch);
  std::vector<bool> seen(n);
  for (Word position = 0; position < n; ++position) {
    const Word image = map(position);
    ASSERT_LT(image, n) << n;
    ASSERT_FALSE(seen[image]) << n;
    seen[image] = true;
  }
}

TEST(Permutation, IsABijection) {
  for (Word n = 1; n <= 300; ++n) {
    for (std::uint64_t epoch = 0; epoch < 20; ++epoch) expect_bijection(n, epoch);
  }
  for (const Word n : {1000u, 4096u, 4097u, 65537u}) {
    for (std::uint64_t epoch = 0; epoch < 3; ++epoch) expect_bijection(n, epoch);
  }
}

TEST(Permutation, LanesAreMembers) {
  using W = Pack<Word, 8>;
  for (const Word n : {2u, 10u, 37u, 1000u, 4097u}) {
    const auto grid = permutation_grid(n);
    const auto stream = test::stream_of_lanes<W>(3, 50);
    const Permutation<W> map{grid, philox(stream, Purpose::epoch_permutation, 7)};
    for (Word position = 0; position < n; ++position) {
      const W images = map(position);
      for (int l = 0; l < 8; ++l) {
        const auto member = test::stream(3, 50 + static_cast<std::uint64_t>(l));
        const Permutation<Word> alone{grid, philox(member, Purpose::epoch_permutation, 7)};
        ASSERT_EQ(test::lane(images, l), alone(position)) << n;
        ASSERT_EQ(alone(position), alone.image(position, position % grid.columns));
      }
    }
  }
}

// What the images of some positions are, counted over many epochs.
struct Frequencies {
  double z;          // of the chi-square statistic
  double deviation;  // root mean square of (frequency - expected) / expected, free of noise
};

Frequencies frequencies(const std::vector<std::uint64_t>& counts, std::uint64_t epochs) {
  const double bins = static_cast<double>(counts.size()), n = static_cast<double>(epochs);
  double statistic = 0;
  for (const std::uint64_t count : counts) {
    const double off = static_cast<double>(count) - n / bins;
    statistic += off * off * bins / n;
  }
  return {test::uniform_z(counts), std::sqrt(std::max(0.0, statistic - (bins - 1)) / n)};
}

// `Make` gives the permutation of (n, seed, epoch).
template <class Make>
Frequencies images(Make make, Word n, std::uint64_t seed, std::uint64_t epochs, Word position) {
  std::vector<std::uint64_t> counts(n);
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
    counts[make(n, seed, epoch)(position)] += 1;
  }
  return frequencies(counts, epochs);
}

// Of an ordered pair of positions: n (n - 1) possible pairs.
template <class Make>
Frequencies pairs(Make make, Word n, std::uint64_t seed, std::uint64_t epochs, Word p, Word q) {
  std::vector<std::uint64_t> counts(static_cast<std::size_t>(n) * (n - 1));
  for (std::uint64_t epoch = 0; epoch < epochs; ++epoch) {
    const auto map = make(n, seed, epoch);
    const Word first = map(p), second = map(q);
    counts[first * (n - 1) + second - (second > first ? 1 : 0)] += 1;
  }
  return frequencies(counts, epochs);
}

TEST(Permutation, EveryImageIsEquallyLikely) {
  for (std::uint64_t seed = 1; seed <= 2; ++seed) {
    for (const Word n : {2u, 4u, 100u, 1000u}) {
      for (const Word position : {0u, 1u, n / 2, n - 1}) {
        EXPECT_LT(std::abs(images(permutation, n, seed, 200000, position).z), test::z_bound) << n;
      }
    }
  }
}

TEST(Permutation, EqualLikelihoodHasPower) {
  // The planted bug: one epoch in 50 forgets its keys, so position 0 goes where it went before.
  std::vector<std::uint64_t> counts(1000);
  for (std::uint64_t epoch = 0; epoch < 200000; ++epoch) {
    counts[permutation(1000, 1, epoch % 50 == 0 ? 0 : epoch)(0)] += 1;
  }
  EXPECT_GT(frequencies(counts, 200000).z, test::z_bound);
}

// The network with any even number of rounds, written anew.
template <int Rounds>
struct Network {
  PermutationGrid grid;
  Words4<Word> keys;

  Word operator()(Word position) const {
    Word row = position / grid.columns, column = position % grid.columns;
    do {
      for (int round = 0; round < Rounds; round += 2) {
        row = (row + hash(column ^ key(round), grid.rows)) % grid.rows;
        column =
            (column + hash((row * grid.columns) ^ key(round + 1), grid.columns)) % grid.columns;
      }
    } while (row * grid.columns + column >= grid.n);
    return row * grid.columns + column;
  }

 private:
  Word key(int round) const {
    return round < 4 ? keys.word[round] : keys.word[round - 4] + keys.word[round - 2];
  }
  static Word hash(Word x, Word side) {
    x *= 0x9E3779B1u;
    x ^= x >> 15;
    x *= 0x85EBCA77u;
    return ((x >> 16) * side) >> 16;
  }
};

template <int Rounds>
Network<Rounds> network(Word n, std::uint64_t seed, std::uint64_t epoch) {
  const auto map = permutation(n, seed, epoch);
  return {map.grid, map.keys};
}

TEST(Permutation, HasSixRounds) {
  for (const Word n : {3u, 37u, 1000u}) {
    const auto map = permutation(n, 1, 7);
    const auto expected = network<6>(n, 1, 7);
    for (Word position = 0; position < n; ++position) ASSERT_EQ(map(position), expected(position));
  }
}

// A few rounds on a small grid are no random permutation, with an ideal hash neither. Of pairs of
// positions six rounds leave, for neighbours and for two in one column, 0.7 and 0.7 % at n = 3, 6
// and 20 % at 5, 3 and 11 % at 10, 4 and 3 % at 37, and from 100 on nothing that these numbers of
// epochs show; four rounds leave 4.5 and 4.5, 13 and 39, 12 and 32, 20 and 20, 9 and 30, at 1000 5
// and 13 %. Samples are drawn independently of their index, so SGD sees nothing of it; the bounds
// below keep it from growing, and four rounds exceed every one of them.
struct PairBound {
  Word n;
  std::uint64_t epochs;
  double neighbours, same_column;
};
constexpr PairBound pair_bounds[] = {{3, 300000, 0.02, 0.02},   {5, 300000, 0.09, 0.28},
                                     {10, 300000, 0.07, 0.20},  {37, 300000, 0.09, 0.09},
                                     {100, 300000, 0.06, 0.06}, {1000, 4000000, 0.04, 0.05}};

TEST(Permutation, SmallDeviationsStaySmall) {
  for (const auto& [n, epochs, neighbours, same_column] : pair_bounds) {
    const Word columns = permutation_grid(n).columns;
    EXPECT_LT(pairs(permutation, n, 1, epochs, 0, 1).deviation, neighbours) << n;
    EXPECT_LT(pairs(permutation, n, 1, epochs, 0, columns).deviation, same_column) << n;
  }
  EXPECT_LT(images(permutation, 3, 1, 300000, 0).deviation, 0.012);
  for (const Word n : {5u, 10u, 37u, 100u}) {
    EXPECT_LT(images(permutation, n, 1, 300000, 0).deviation, 0.016) << n;
  }
}

TEST(Permutation, FourRoundsWouldBeSeen) {
  for (const auto& [n, epochs, neighbours, same_column] : pair_bounds) {
    const Word columns = permutation_grid(n).columns;
    EXPECT_GT(pairs(network<4>, n, 1, epochs, 0, 1).deviation, neighbours) << n;
    EXPECT_GT(pairs(network<4>, n, 1, epochs, 0, columns).deviation, same_column) << n;
  }
  EXPECT_GT(images(network<4>, 3, 1, 300000, 0).deviation, 0.012);
}

TEST(Permutation, MembersAndEpochsDiffer) {
  // Positions at which two of them agree: one on average, a Poisson number.
  for (const Word n : {100u, 1000u}) {
    std::uint64_t members = 0, epochs = 0;
    constexpr std::uint64_t rounds = 2000;
    for (std::uint64_t epoch = 0; epoch < rounds; ++epoch) {
      const auto map = permutation(n, 1, epoch), next = permutation(n, 1, epoch + 1);
      const Permutation<Word> other{map.grid,
                                    philox(test::stream(1, 1), Purpose::epoch_permutation, epoch)};
      for (Word position = 0; position < n; ++position) {
        members += map(position) == other(position) ? 1 : 0;
        epochs += map(position) == next(position) ? 1 : 0;
      }
    }
    // The variance is above that of a Poisson number by the deviations above: 2 is plenty.
    EXPECT_LT(std::abs(test::count_z(members, rounds)), test::z_bound * std::sqrt(2)) << n;
    EXPECT_LT(std::abs(test::count_z(epochs, rounds)), test::z_bound * std::sqrt(2)) << n;
  }
}

}  // namespace
}  // namespace kgon
